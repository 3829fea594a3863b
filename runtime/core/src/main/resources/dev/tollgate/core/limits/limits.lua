-- Limits of one tenant: the arithmetic of dev.tollgate.engine.limit.Counter, step by step the same.
-- All numbers are whole and below 2^53, where doubles are exact.
--
-- KEYS   per charge: the counter (hash), its leases (sorted set: request id, time of expiry)
-- ARGV   1 operation: reserve, settle or renew   2 now, ms   3 lease, ms   4 request id
--        then per charge: kind (b bucket, w window, c concurrency), quantity, capacity,
--        period (ms, bucket), window start (ms), leased (1 or 0), amount, used,
--        window end (ms), least level that it can have (window)
-- Reply  reserve: index of the charge that refused (from 1) or 0, then level and drained of each;
--        renew: index of the first whose level is beyond its capacity, or 0
--
-- The hash: l level, d drained, t time, w window, and "r:<request id>" = "amount window".

local MAX = 4503599627370496
local YEAR = 31622400000
local op, now, lease, id = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local count = #KEYS / 2

local function text(n) return string.format('%.0f', n) end
-- Lua's own % divides first and so rounds; fmod is exact
local mod = math.fmod
local function div(a, b) return (a - mod(a, b)) / b end

local function correct(c, taken, used)
  c.level = math.min(MAX, math.max(0, c.level - taken + used))
  if c.level == 0 then c.drained = 0 end
end

local function settle(c, request, used)
  local held = redis.call('HGET', c.key, 'r:' .. request)
  if not held then return end
  redis.call('HDEL', c.key, 'r:' .. request)
  redis.call('ZREM', c.leases, request)
  local amount, window = string.match(held, '(%d+) (%-?%d+)')
  if tonumber(window) == c.window then
    if c.kind == 'c' then used = 0 end
    correct(c, tonumber(amount), used)
  end
end

local function drain(c)
  if c.level == 0 or c.quantity == 0 then return end
  local passed = now - c.time
  if passed <= 0 then return end
  local periods = div(passed, c.period)
  if periods > div(c.level, c.quantity) then
    c.level, c.drained = 0, 0
    return
  end
  local rest = mod(passed, c.period)
  local parts = c.drained + rest * mod(c.quantity, c.period)
  local units = periods * c.quantity + rest * div(c.quantity, c.period) + div(parts, c.period)
  if units >= c.level then
    c.level, c.drained = 0, 0
  else
    c.level, c.drained = c.level - units, mod(parts, c.period)
  end
end

local function load(i)
  local a = 4 + (i - 1) * 10
  local c = {
    key = KEYS[2 * i - 1], leases = KEYS[2 * i], kind = ARGV[a + 1],
    quantity = tonumber(ARGV[a + 2]), capacity = tonumber(ARGV[a + 3]),
    period = tonumber(ARGV[a + 4]), start = tonumber(ARGV[a + 5]), leased = ARGV[a + 6] == '1',
    amount = tonumber(ARGV[a + 7]), used = tonumber(ARGV[a + 8]), finish = tonumber(ARGV[a + 9]),
    least = tonumber(ARGV[a + 10]),
  }
  local v = redis.call('HMGET', c.key, 'l', 'd', 't', 'w')
  c.level, c.drained = tonumber(v[1] or '0'), tonumber(v[2] or '0')
  c.time, c.window = tonumber(v[3] or text(now)), tonumber(v[4] or text(c.start))
  if c.kind == 'b' then
    drain(c)
  elseif c.kind == 'w' and c.start > c.window then
    c.window, c.level = c.start, 0
  end
  c.time = math.max(c.time, now)
  if c.leased then
    local gone = redis.call('ZRANGEBYSCORE', c.leases, '-inf', text(c.time))
    for _, request in ipairs(gone) do
      settle(c, request, 0)
      c.swept = true
    end
  end
  -- what is known to have been used, whatever was forgotten here
  if c.least > c.level and c.window == c.start then
    c.level, c.swept = c.least, true
  end
  return c
end

local function save(c)
  redis.call('HSET', c.key, 'l', text(c.level), 'd', text(c.drained), 't', text(c.time),
    'w', text(c.window))
  -- kept as long as it means something: until it has drained or its window has ended
  local ttl = 2 * lease
  if c.kind == 'b' and c.quantity > 0 then
    ttl = ttl + (div(c.level, c.quantity) + 1) * c.period
  elseif c.kind == 'w' then
    ttl = ttl + math.max(0, c.finish - now)
  end
  redis.call('PEXPIRE', c.key, text(math.min(ttl, YEAR)))
end

local function hold(c, amount, window)
  redis.call('HSET', c.key, 'r:' .. id, text(amount) .. ' ' .. text(window))
  redis.call('ZADD', c.leases, text(c.time + lease), id)
  redis.call('PEXPIRE', c.leases, text(2 * lease))
end

local counters = {}
for i = 1, count do counters[i] = load(i) end

if op == 'reserve' then
  local refused = 0
  for i, c in ipairs(counters) do
    if refused == 0 and c.level + c.amount > c.capacity then refused = i end
  end
  local reply = {refused}
  for i, c in ipairs(counters) do
    if refused == 0 then
      c.level = math.min(MAX, c.level + c.amount)
      if c.leased then
        local before = redis.call('HGET', c.key, 'r:' .. id)
        hold(c, c.amount + (before and tonumber(string.match(before, '%d+')) or 0), c.window)
      end
      save(c)
    elseif c.swept then
      save(c)
    end
    reply[2 * i] = c.level
    reply[2 * i + 1] = c.drained
  end
  return reply
end

local passed = 0
for i, c in ipairs(counters) do
  if op == 'settle' then
    if c.leased then settle(c, id, c.used) else correct(c, c.amount, c.used) end
    save(c)
  else
    local held = redis.call('HGET', c.key, 'r:' .. id)
    if held then
      local amount, window = string.match(held, '(%d+) (%-?%d+)')
      amount, window = tonumber(amount), tonumber(window)
      if c.kind ~= 'c' and c.used > amount then
        c.level = math.min(MAX, c.level + c.used - amount)
        amount, window = c.used, c.window
      end
      hold(c, amount, window)
    end
    if held or c.swept then save(c) end
    if passed == 0 and c.level > c.capacity then passed = i end
  end
end
return {passed}
