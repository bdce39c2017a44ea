-- Notes when the reader ended following an author, and takes the author's posts out of the feed, unless something later is known.
-- The note keeps out what is still on its way; it is a negative time, and is forgotten after a week.
-- KEYS: feed, following, entries. ARGV: author, time.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return 0
end
local known = math.abs(tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0))
local time = tonumber(ARGV[2])
if known > time then
    return 0
end
redis.call('ZADD', KEYS[2], '-' .. ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], string.format('(%.0f', 604800000000 - time), '(0')
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
local removed = 0
for _, entry in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    if string.sub(entry, 17) == ARGV[1] then
        removed = removed + redis.call('ZREM', KEYS[3], entry)
    end
end
return removed
