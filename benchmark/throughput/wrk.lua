-- Prints what wrk found as one line of JSON; latencies in milliseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"spoiled":%d,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors.read,
    errors.connect + errors.write + errors.timeout + errors.status))
end
