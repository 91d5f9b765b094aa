-- Takes the nodes in turn. All of them weigh the same here.
local _M = {}
local mt = { __index = _M }

local function ids(nodes)
  local list = {}
  for id in pairs(nodes) do
    list[#list + 1] = id
  end
  table.sort(list)
  return list
end

function _M.new(_, nodes)
  return setmetatable({ nodes = nodes, ids = ids(nodes), turn = 0 }, mt)
end

function _M.reinit(self, nodes)
  self.nodes, self.ids, self.turn = nodes, ids(nodes), 0
end

function _M.find(self)
  if #self.ids == 0 then
    return nil
  end
  self.turn = self.turn % #self.ids + 1
  return self.ids[self.turn]
end

return _M
