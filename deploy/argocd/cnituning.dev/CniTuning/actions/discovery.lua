local isSuspended = obj.spec.suspend == true
return {
  suspend = {disabled = isSuspended, iconClass = "fa fa-fw fa-pause-circle"},
  resume = {disabled = not isSuspended, iconClass = "fa fa-fw fa-play-circle"},
  reconcile = {disabled = false, iconClass = "fa fa-fw fa-sync"},
}
