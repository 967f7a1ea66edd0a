-- Healthy while the operator does what the object asks: advising, holding and collecting history are that, too.
-- Degraded only where a person must act, and the message says what to do.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local isGoing = obj.metadata.deletionTimestamp ~= nil
if obj.spec.suspend and not isGoing then
  return {status = "Suspended", message = "spec.suspend is true: observing, but neither deciding nor writing."}
end
if status.observedGeneration ~= obj.metadata.generation and not isGoing then
  return {status = "Progressing", message = "The operator has not seen this spec yet."}
end
if conditions.Stalled ~= nil then
  return {status = "Degraded", message = conditions.Stalled.message}
end
if isGoing then
  return {status = "Progressing", message = "The DaemonSet is given its own values back."}
end
if conditions.Ready == nil then
  return {status = "Progressing", message = "The operator has not reported yet."}
end
if conditions.Ready.status == "True" then
  return {status = "Healthy", message = conditions.Ready.message}
end
return {status = "Progressing", message = conditions.Ready.message}
