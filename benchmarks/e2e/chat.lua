-- Chats for wrk: the credential comes as a header, STREAM tells whether answers are streamed.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"m","stream":' .. os.getenv("STREAM")
  .. ',"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Say 32 tokens."}]}'
if os.getenv("STREAM") == "false" then
  wrk.body = '{"model":"m","messages":[{"role":"user","content":"Say 32 tokens."}]}'
end
dofile(os.getenv("REPORT"))
