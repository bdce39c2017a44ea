-- Notes that an event was applied: how fresh feeds are, and that nothing waits at its place.
-- KEYS: fresh, waiting. ARGV: time, place.
redis.call('HDEL', KEYS[2], ARGV[2])
if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1])
end
return 1
