-- wrk: sends each line of the file in $REQUESTS once, shared out over the threads; then stops that thread.
local index = 0
function setup(thread)
	thread:set("lane", index)
	index = index + 1
end
local lines, at, lanes = {}, 0, tonumber(os.getenv("LANES") or "1")
function init()
	local n = 0
	for line in io.lines(os.getenv("REQUESTS")) do
		if n % lanes == lane then
			local path, signature, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
			lines[#lines + 1] = wrk.format("POST", path, {
				["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8",
				["X-Twilio-Signature"] = signature, ["Host"] = os.getenv("HOST") }, body)
		end
		n = n + 1
	end
end
function request()
	at = at + 1
	if at >= #lines then wrk.thread:stop() end
	return lines[math.min(at, #lines)]
end
function done(summary, latency)
	io.write(string.format("RESULT %d %.3f %.2f %.2f %d\n", summary.requests, summary.duration / 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
