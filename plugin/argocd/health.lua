-- The health of a WorkflowInstance by its conditions. The message says what it waits for.
local hs = {status = "Progressing", message = "waiting for korender-live to run it: is it installed in this cluster?"}

if obj.metadata.deletionTimestamp == nil and obj.spec ~= nil and obj.spec.suspend == true then
  hs.status = "Suspended"
  hs.message = "runs are suspended (spec.suspend)"
  return hs
end
if obj.status == nil or obj.status.conditions == nil then
  return hs
end

local ready, stalled
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    ready = condition
  elseif condition.type == "Stalled" and condition.status == "True" then
    stalled = condition
  end
end
if ready == nil then
  return hs
end
if obj.status.observedGeneration ~= nil and obj.metadata.generation ~= nil
    and obj.status.observedGeneration < obj.metadata.generation then
  hs.message = "waiting for korender-live to run the newest version of it"
  return hs
end

local function said(condition)
  if condition.message ~= nil and condition.message ~= "" then
    return condition.message
  end
  return condition.reason
end

-- What is tried again and may go well the next time is no reason to fail a sync.
local passing = {Unavailable = true, ApplyFailed = true, RunFailed = true}

if stalled ~= nil then
  hs.status = "Degraded"
  hs.message = said(stalled)
elseif ready.status == "True" then
  hs.status = "Healthy"
  hs.message = said(ready)
elseif ready.status == "False" and not passing[ready.reason] then
  hs.status = "Degraded"
  hs.message = said(ready)
else
  hs.status = "Progressing"
  hs.message = said(ready)
end
return hs
