-- Asks the first name server once, over UDP, and reads addresses out of the answer.
local _M = { TYPE_A = 1, TYPE_AAAA = 28 }
local mt = { __index = _M }

function _M.new(_, options)
  return setmetatable({ server = options.nameservers[1], timeout = options.timeout or 2000 }, mt)
end

local function question(host, qtype)
  local name = {}
  for label in host:gmatch("[^.]+") do
    name[#name + 1] = string.char(#label) .. label
  end
  -- One question, recursion desired; the class is that of the Internet.
  return "\0\7\1\0\0\1\0\0\0\0\0\0" .. table.concat(name) .. "\0" .. string.char(0, qtype, 0, 1)
end

local function skip_name(reply, at)
  while true do
    local length = reply:byte(at)
    if length >= 192 then
      return at + 2
    elseif length == 0 then
      return at + 1
    end
    at = at + 1 + length
  end
end

function _M.query(self, host, options)
  local socket = ngx.socket.udp()
  socket:settimeout(self.timeout)
  local ok, err = socket:setpeername(self.server, 53)
  if not ok then
    return nil, err
  end
  local query = question(host, options.qtype)
  ok, err = socket:send(query)
  if not ok then
    return nil, err
  end
  local reply
  reply, err = socket:receive(512)
  socket:close()
  if not reply then
    return nil, err
  end
  local code = reply:byte(4) % 16
  if code ~= 0 then
    return { errcode = code, errstr = "the name server says " .. code }
  end
  local answers, at = {}, #query + 1
  for _ = 1, reply:byte(7) * 256 + reply:byte(8) do
    at = skip_name(reply, at)
    local kind, length = reply:byte(at + 1), reply:byte(at + 8) * 256 + reply:byte(at + 9)
    if kind == _M.TYPE_A and length == 4 then
      answers[#answers + 1] = { address = table.concat({ reply:byte(at + 10, at + 13) }, "."), ttl = 60 }
    end
    at = at + 10 + length
  end
  return answers
end

return _M
