-- SPDX-License-Identifier: Apache-2.0
--
-- Tells bansyncd of each message that exceeds a ratelimit, by one datagram: for [detect] source = rspamd.
--
-- Copy it to /etc/rspamd/bansync.lua, and load it by these lines of /etc/rspamd/rspamd.local.lua (make the file if there
-- is none); then restart rspamd:
--
--   local ok, err = pcall(dofile, rspamd_paths["LOCAL_CONFDIR"] .. "/bansync.lua")
--   if not ok then require("rspamd_logger").errx(rspamd_config, "bansync.lua: %s", err) end
--
-- Another socket than /run/bansync/rspamd.sock is named in /etc/rspamd/rspamd.conf.local:
--
--   bansync { socket = "/path/of/the.sock"; }
--
-- A limit is exceeded when Redis says so to rspamd's own ratelimit module: the answer is looked at on its way there. So it
-- does not matter what that module then makes of it (symbol, info_symbol, message, skip_soft_reject). Where this is not
-- seen (another rspamd, another module), its symbols and its soft reject tell, which skip_soft_reject and a message may
-- hide. The form of the datagram is in bansync-protocol(7).
--
-- Mail flow comes first: no mistake here reaches rspamd, nothing waits for the agent. If its queue is full, one message is
-- held up by WAIT_S at most; what cannot be handed over is lost. Does not: read or change a message, an address, a limit.

local WAIT_S, WAIT_AGAIN_S, AGAIN_S = 0.02, 0.001, 1 -- a full queue; while it was full less than AGAIN_S ago
local BUCKETS_MAX, BUCKET_BYTES = 4, 64
local UID_BYTES, QID_BYTES, USER_BYTES, MESSAGE_ID_BYTES = 64, 64, 128, 1024
local CACHE = "bansync"

local rspamd_logger = require "rspamd_logger"
local rspamd_udp = require "rspamd_udp"
local rspamd_util = require "rspamd_util"
local lua_redis = require "lua_redis"

local options = rspamd_config:get_all_opt("bansync")
local ratelimit = rspamd_config:get_all_opt("ratelimit")
local socket = type(options) == "table" and options.socket or "/run/bansync/rspamd.sock"
local full_s = 0 -- when its queue was last found full

-- Control bytes as rspamd's log has them, so that a text is the same in both sources; never a NUL, which ends a field.
local function field(name, text, bytes_max)
  if type(text) ~= "string" or text == "" then return "" end
  text = text:gsub("%c", function(byte) return ("\\x%02X"):format(byte:byte()) end)
  return ("%s=%s\0"):format(name, text:sub(1, bytes_max))
end

-- What is known of a task: which limits Redis was asked for, by its key, and the names of those that were exceeded.
local function known(task)
  local found = task:cache_get(CACHE)
  if not found then
    found = { asked = {}, buckets = {} }
    task:cache_set(CACHE, found)
  end
  return found
end

local function add(buckets, name)
  if #buckets >= BUCKETS_MAX or type(name) ~= "string" or name == "" then return end
  for _, other in ipairs(buckets) do
    if other == name then return end
  end
  buckets[#buckets + 1] = name
end

-- The bucket that the ratelimit module asks Redis about; nil if it asks something else. Its first question about a key is
-- whether the limit is exceeded, a later one updates the bucket.
local function asked_bucket(params)
  local task = type(params) == "table" and params.task
  local limits = task and task:cache_get("ratelimit_prefixes")
  if type(limits) ~= "table" then return nil end
  for _, limit in pairs(limits) do
    if limit.hash == params.key then
      local found = known(task)
      local first = not found.asked[params.key]
      found.asked[params.key] = true
      return first and limit.name or nil, found
    end
  end
end

local function watch_redis()
  local exec = lua_redis.exec_redis_script
  if type(exec) ~= "function" then return false end
  lua_redis.exec_redis_script = function(id, params, callback, ...)
    local ok, name, found = pcall(asked_bucket, params)
    if not ok or not name then return exec(id, params, callback, ...) end
    return exec(id, params, function(err, data, ...)
      if not err and type(data) == "table" and data[1] == 1 then add(found.buckets, name) end
      return callback(err, data, ...)
    end, ...)
  end
  return true
end

-- Symbols that the ratelimit module sets when a limit is exceeded.
local function ratelimit_symbols()
  local symbols = {}
  if type(ratelimit) ~= "table" then return symbols end
  for _, name in ipairs({ "symbol", "info_symbol" }) do
    if type(ratelimit[name]) == "string" then symbols[#symbols + 1] = ratelimit[name] end
  end
  for _, rate in pairs(type(ratelimit.rates) == "table" and ratelimit.rates or {}) do
    local buckets = type(rate) == "table" and rate.bucket
    if type(buckets) == "table" then
      for _, bucket in ipairs(buckets[1] and buckets or { buckets }) do
        if type(bucket.symbol) == "string" then symbols[#symbols + 1] = bucket.symbol end
      end
    end
  end
  return symbols
end

local symbols = ratelimit_symbols()

-- What the result of the scan tells: "name(key)" in the options of a symbol, or the text of the soft reject.
local function look_at_result(task, buckets)
  for _, symbol in ipairs(symbols) do
    for _, result in ipairs(task:get_symbol(symbol) or {}) do
      for _, option in ipairs(result.options or {}) do
        add(buckets, option:match("^(.+)%(%w+%)$"))
      end
    end
  end
  if #buckets > 0 then return end
  local set, _, message, module = task:has_pre_result()
  if set and module == "ratelimit" then
    add(buckets, type(message) == "string" and message:match('^Ratelimit "(.+)" exceeded$') or "unknown")
  end
end

local function address(task)
  local ip = task:get_from_ip()
  return ip and ip:is_valid() and ip:to_string():gsub("%%.*", "") or "none"
end

local function datagram(task, buckets)
  local parts = {
    "bansync1\0",
    field("ip", address(task), 64),
    ("time=%.0f\0"):format(task:get_date({ format = "connect", gmt = true }) * 1000),
    field("uid", task:get_uid(), UID_BYTES),
  }
  for _, name in ipairs(buckets) do
    parts[#parts + 1] = field("bucket", name, BUCKET_BYTES)
  end
  local message_id = task:get_message_id()
  parts[#parts + 1] = field("qid", task:get_queue_id(), QID_BYTES)
  parts[#parts + 1] = field("user", task:get_user(), USER_BYTES)
  parts[#parts + 1] = field("mid", message_id ~= "undef" and message_id or nil, MESSAGE_ID_BYTES)
  return table.concat(parts)
end

-- true: sent; false: it cannot be (no agent); anything else: the queue is full, and rspamd tries again until the timeout,
-- without a pause, as such a socket always looks writable.
local function send(task, text)
  local now_s = rspamd_util.get_time()
  local again = now_s >= full_s and now_s - full_s < AGAIN_S
  local sent = rspamd_udp.sendto({
    task = task,
    host = socket,
    timeout = again and WAIT_AGAIN_S or WAIT_S,
    data = { text },
  })
  if sent ~= true and sent ~= false then full_s = now_s end
end

local function report(task)
  local buckets = known(task).buckets
  if #buckets == 0 then look_at_result(task, buckets) end
  if #buckets > 0 then send(task, datagram(task, buckets)) end
end

-- Said once: a line for each message would fill the log.
local complained = false
local function guarded(task)
  local ok, problem = pcall(report, task)
  if not ok and not complained then
    complained = true
    rspamd_logger.errx(task, "bansync: cannot tell of a ratelimit: %s", problem)
  end
end

if not lua_redis.bansync then -- loaded once, however often it is named
  lua_redis.bansync = true
  local watching = watch_redis()
  rspamd_config:register_symbol({
    type = "idempotent",
    name = "BANSYNC_REPORT",
    flags = "empty,nostat,explicit_disable,ignore_passthrough",
    callback = guarded,
  })
  rspamd_logger.infox(rspamd_config, "bansync: messages over a ratelimit are told to %s%s", socket,
      watching and "" or "; only those that show in the result of the scan")
end
