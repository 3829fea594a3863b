"""Measures Tollgate's calls to models beside Envoy, and beside LiteLLM where asked for.

Called by benchmarks/run.sh --models. Every answer has 32 tokens; see ModelUpstream.java.
"""
import argparse
import base64
import contextlib
import datetime
import json
import os
import pathlib
import re
import resource
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench import BENCHMARKS, CONNECTIONS, HERE, OTHERS_WARM_UP, ROOT, WRK_THREADS, Process, Target, base64url, fail, free_port, machine, token

TOKENS = 32
PATH = "/v1/chat/completions"
LIBRARIES = str(ROOT / "runtime/app/target/lib/*")


def chats(target, stream, seconds):
    """One run of wrk; answers a second."""
    command = ["wrk", "-t", str(WRK_THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(HERE / "chat.lua")]
    if target.credential:
        command += ["-H", "Authorization: Bearer " + target.credential]
    environment = dict(os.environ, STREAM="true" if stream else "false", REPORT=str(HERE / "report.lua"))
    out = subprocess.run(command + [f"http://127.0.0.1:{target.port}{PATH}"], capture_output=True, text=True, env=environment)
    if out.returncode != 0:
        fail(f"wrk ended with: {out.stderr.strip()}")
    run = json.loads(re.search(r"^REPORT (.*)$", out.stdout, re.M)[1])
    errors = {kind: count for kind, count in run["errors"].items() if count}
    if errors or run["requests"] == 0:
        target.process.alive()
        fail(f"{target.name}: of {run['requests']} chats some failed: {errors}")
    return run["requests"] / (run["micros"] / 1e6)


def streams(java, target, path, model, rate, count):
    """Opens streams at a steady rate and times their tokens."""
    command = [java, "-XX:+UseSerialGC", "-cp", LIBRARIES, str(HERE / "Streams.java"), str(target.port), path, model, str(rate), str(count)]
    out = subprocess.run(command + ([target.credential] if target.credential else []), capture_output=True, text=True)
    if out.returncode != 0:
        fail("Streams ended with: " + out.stderr)
    result = json.loads(out.stdout.strip().splitlines()[-1])  # libraries may log before
    if result["errors"]:
        fail(f"{target.name}: {result['errors']} of {count} streams failed")
    return result


def await_chat(target, seconds):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]})
    command = ["curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", "-d", body, "-H", "Content-Type: application/json"]
    if target.credential:
        command += ["-H", "Authorization: Bearer " + target.credential]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        target.process.alive()
        code = subprocess.run(command + [f"http://127.0.0.1:{target.port}{PATH}"], capture_output=True, text=True).stdout
        if code == "200":
            return
        time.sleep(0.1)
    fail(f"{target.name} does not answer: {code}; its log is {target.process.log}")


def litellm(stack, work, upstream):
    port = free_port()
    config = work / "litellm.yaml"
    config.write_text(
        "model_list:\n- model_name: m\n  litellm_params: {model: openai/m, api_key: none, "
        f"api_base: 'http://127.0.0.1:{upstream}/v1'}}\n"
    )
    key = "sk-" + secrets.token_hex(16)
    environment = dict(os.environ, LITELLM_MASTER_KEY=key)
    command = [os.environ["LITELLM"], "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "2"]
    return Target("litellm", Process(stack, "LiteLLM", command, work / "litellm.log", env=environment), port, PATH, key)


def main():
    parser = argparse.ArgumentParser(prog="tollgate bench --models", description="Measures calls to models beside Envoy.")
    parser.add_argument("--seconds", type=int, default=6, help="of one run (default 6)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, interleaved (default 3)")
    parser.add_argument("--warm-up", type=int, default=45, help=f"seconds before Tollgate's first run (default 45); of the others {OTHERS_WARM_UP}")
    parser.add_argument("--slow", type=int, default=10_000, help="slow streams open at once (default 10000)")
    parser.add_argument("--out", default=str(BENCHMARKS / "results" / "models.json"), help="where the results go")
    parser.add_argument("--guard", type=float, help="fail below this ratio of Tollgate's streams to Envoy's")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    java = os.environ["JAVA_HOME"] + "/bin/java"
    secret = secrets.token_bytes(32)
    jwt = token(secret)
    result = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine()}

    with contextlib.ExitStack() as stack:
        work = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-bench-"))
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        log = work / "upstream.log"
        up = Process(stack, "upstream", [java, "-XX:+UseSerialGC", "-Xmx256m", "-cp", LIBRARIES, str(HERE / "ModelUpstream.java")], log)
        while not re.search(r"^\d+$", log.read_text(), re.M):
            up.alive()
            time.sleep(0.1)
        port = int(re.search(r"^\d+$", log.read_text(), re.M)[0])
        direct = Target("direct", up, port, PATH, None)

        manifests = work / "manifests"
        shutil.copytree(BENCHMARKS / "models", manifests)
        models = manifests / "models.yaml"
        models.write_text(models.read_text().replace("http://UPSTREAM/", f"http://127.0.0.1:{port}/"))
        secret_file = manifests / "issuer.yaml"
        secret_file.touch(0o600)
        secret_file.write_text(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: issuer, labels: {tollgate.dev/use: jwt}}\n"
            f"data: {{secret: {base64.b64encode(secret).decode()}}}\n"
        )
        http_port = free_port()
        environment = dict(os.environ, TOLLGATE_HTTP_PORT=str(http_port), TOLLGATE_MANAGEMENT_PORT=str(free_port()), TOLLGATE_DATA=str(work / "data"))
        gate = Process(stack, "Tollgate", [str(ROOT / "tollgate"), "up", str(manifests)], work / "tollgate.log", env=environment)
        tollgate = Target("tollgate", gate, http_port, PATH, jwt)

        envoy_port = free_port()
        jwks = json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "kid": "bench", "k": base64url(secret)}]})
        config = (HERE / "envoy.json").read_text()
        config = config.replace('"ENVOY_PORT"', str(envoy_port)).replace('"UPSTREAM_PORT"', str(port)).replace('"JWKS"', json.dumps(jwks))
        (work / "envoy.json").touch(0o600)
        (work / "envoy.json").write_text(config)
        command = [os.environ["ENVOY"], "-c", str(work / "envoy.json"), "--concurrency", "2", "--log-level", "warn", "--use-dynamic-base-id"]
        envoy = Target("envoy", Process(stack, "Envoy", command, work / "envoy.log"), envoy_port, PATH, jwt)
        targets = [direct, envoy, tollgate]
        for target in targets:
            await_chat(target, 60)

        runs = {}
        for stream in (True, False):
            for target in targets:
                chats(target, stream, options.warm_up if target is tollgate else OTHERS_WARM_UP)
            for number in range(options.rounds):
                for target in targets:
                    rate = chats(target, stream, options.seconds)
                    runs.setdefault((target.name, stream), []).append(rate)
                    print(f"round {number + 1}: {target.name:9} {rate:8.0f} {'streams' if stream else 'chats'}/s", file=sys.stderr)
        table = {}
        for target in targets:
            table[target.name] = {
                "streamsPerSecond": round(statistics.median(runs[target.name, True])),
                "chatsPerSecond": round(statistics.median(runs[target.name, False])),
                "memoryMb": target.process.rss(),
            }
        result["load"] = table
        if os.environ.get("LITELLM"):
            other = litellm(stack, work, port)
            await_chat(other, 120)
            chats(other, True, 3)
            table["litellm"] = {
                "streamsPerSecond": round(chats(other, True, options.seconds), 1),
                "chatsPerSecond": round(chats(other, False, options.seconds), 1),
                "memoryMb": None,
            }
            result["streamsToLiteLLM"] = round(table["tollgate"]["streamsPerSecond"] / table["litellm"]["streamsPerSecond"], 1)
        result["streamsToEnvoy"] = round(table["tollgate"]["streamsPerSecond"] / table["envoy"]["streamsPerSecond"], 2)
        result["chatsToEnvoy"] = round(table["tollgate"]["chatsPerSecond"] / table["envoy"]["chatsPerSecond"], 2)

        streams(java, tollgate, PATH, "paced", 100, 300)  # warm
        result["paced"] = {
            "direct": streams(java, direct, "/paced" + PATH, "m", 200, 2000),
            "tollgate": streams(java, tollgate, PATH, "paced", 200, 2000),
        }
        count = min(options.slow, hard // 2 - 300)  # a stream is two connections of Tollgate
        result["slow"] = streams(java, tollgate, PATH, "slow", max(500, count // 12), count)
        result["slow"]["memoryMb"] = gate.rss()

    print_table(result)
    pathlib.Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(options.out).write_text(json.dumps(result, indent=2) + "\n")
    if options.guard and result["streamsToEnvoy"] < options.guard:
        fail(f"Tollgate serves {result['streamsToEnvoy']} × the streams of Envoy, less than {options.guard}")


def print_table(result):
    names = {"direct": "no gateway", "envoy": "Envoy, JWT and limit", "tollgate": "Tollgate, JWT, limits, budgets, metering", "litellm": "LiteLLM, two workers"}
    print("\n| | streams/s | tokens/s | chats/s | memory |\n|---|---:|---:|---:|---:|")
    for name, row in result["load"].items():
        memory = f"{row['memoryMb']} MB" if row["memoryMb"] else ""
        print(f"| {names[name]} | {row['streamsPerSecond']:,} | {row['streamsPerSecond'] * TOKENS:,} | {row['chatsPerSecond']:,} | {memory} |")
    print(f"\nTo Envoy: {result['streamsToEnvoy']} × the streams, {result['chatsToEnvoy']} × the chats")
    if "streamsToLiteLLM" in result:
        print(f"To LiteLLM: {result['streamsToLiteLLM']} × the streams")
    for name, row in result["paced"].items():
        print(
            f"200 streams/s, a token every 20 ms, {name}: first token p50 {row['first50'] / 1000:.2f} ms, p99 {row['first99'] / 1000:.2f} ms; "
            f"between tokens p50 {row['between50'] / 1000:.2f} ms, p99 {row['between99'] / 1000:.2f} ms"
        )
    slow = result["slow"]
    print(f"{slow['mostOpen']:,} slow streams open at once: {slow['memoryMb']} MB")


if __name__ == "__main__":
    main()
