-- Notes the last event that was applied to a post, and whether the post is in feeds. An earlier one changes nothing.
-- KEYS: post. ARGV: sequence, shown ('' where the event does not say), lifetime in milliseconds.
local known = tonumber(redis.call('HGET', KEYS[1], 'sequence') or 0)
if known >= tonumber(ARGV[1]) then
    return 0
end
redis.call('HSET', KEYS[1], 'sequence', ARGV[1])
if ARGV[2] ~= '' then
    redis.call('HSET', KEYS[1], 'shown', ARGV[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
