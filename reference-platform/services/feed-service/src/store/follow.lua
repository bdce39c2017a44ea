-- Notes since when the reader follows authors, unless something later is known. Gives how many it holds for.
-- KEYS: feed, following. ARGV: author, time of each.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return 0
end
local followed = 0
for at = 1, #ARGV, 2 do
    local known = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[at]) or 0)
    local time = tonumber(ARGV[at + 1])
    if known > -time and known <= time then
        redis.call('ZADD', KEYS[2], ARGV[at + 1], ARGV[at])
        followed = followed + 1
    end
end
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
return followed
