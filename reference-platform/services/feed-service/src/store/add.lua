-- Puts posts into a feed that is there, but none of an author whom its reader does not follow any more, and keeps the newest ones.
-- Posts that are in it already change nothing.
-- KEYS: feed, following, entries. ARGV: most entries, then post with author, time of each.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return 0
end
for at = 2, #ARGV, 2 do
    local since = redis.call('ZSCORE', KEYS[2], string.sub(ARGV[at], 17))
    if not since or tonumber(since) > 0 then
        redis.call('ZADD', KEYS[3], ARGV[at + 1], ARGV[at])
    end
end
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[3], redis.call('PTTL', KEYS[1]))
return 1
