-- Any new value asks for a pass now; the operator shows the one it handled last in status.lastHandledReconcile.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["cnituning.dev/reconcile"] = os.date("!%Y-%m-%dT%XZ")
return obj
