-- Prints the result of a wrk run as one line of JSON; nothing of it runs during the load.
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'REPORT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,'
      .. '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect, e.read, e.write, e.status, e.timeout))
end
