"""Measures Tollgate beside Envoy and beside no gateway at all, before the same upstream.

Called by benchmarks/run.sh, which sees to it that wrk, Envoy and the runtime are there. Only the
standard library. Everything listens on 127.0.0.1 and is ended at the end.
"""
import argparse
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import platform
import re
import resource
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BENCHMARKS = HERE.parent
ROOT = BENCHMARKS.parent
CONNECTIONS = 32
WRK_THREADS = 2
OTHERS_WARM_UP = 5
TICKS = os.sysconf("SC_CLK_TCK")


def fail(message):
    sys.exit("bench: " + message)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(secret):
    now = int(time.time())
    claims = {"iss": "https://issuer.bench", "aud": "bench", "sub": "caller", "iat": now, "exp": now + 86400}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", "kid": "bench"}, claims))
    return signed + "." + base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


class Process:
    """A program under measurement."""

    def __init__(self, stack, name, command, log, **options):
        self.name = name
        self.log = log
        out = open(log, "w")
        self.popen = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **options)
        stack.callback(self.stop)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(20)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def alive(self):
        if self.popen.poll() is not None:
            fail(f"{self.name} ended with {self.popen.returncode}; its log says:\n" + pathlib.Path(self.log).read_text()[-3000:])

    def rss(self):
        """Resident memory in MB."""
        status = pathlib.Path(f"/proc/{self.popen.pid}/status").read_text()
        return round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)

    def cpu(self):
        """Seconds of processor time used so far."""
        fields = pathlib.Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def event_loops(self, java):
        """How many threads its busiest group of event loops has."""
        dump = subprocess.run([java.removesuffix("java") + "jcmd", str(self.popen.pid), "Thread.print"], capture_output=True, text=True).stdout
        groups = {}
        for group, millis in re.findall(r'^"([^"]*[eE]ventLoopGroup-\d+)-\d+".* cpu=([0-9.]+)ms', dump, re.M):
            groups.setdefault(group, []).append(float(millis))
        return len(max(groups.values(), key=sum)) if groups else os.cpu_count()


class Target:
    """A way to the upstream: name, port, path and the bearer credential."""

    def __init__(self, name, process, port, path, credential):
        self.name, self.process, self.port, self.path, self.credential = name, process, port, path, credential

    def get(self, path=None, timeout=5):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            headers = {"Authorization": "Bearer " + self.credential} if self.credential else {}
            connection.request("GET", path or self.path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def await_ok(self, seconds):
        deadline = time.monotonic() + seconds
        last = None
        while time.monotonic() < deadline:
            self.process.alive()
            try:
                last = self.get()
                if last[0] == 200:
                    return
            except OSError as e:
                last = e
            time.sleep(0.005)
        fail(f"{self.name} does not answer: {last}; its log is {self.process.log}")


def wrk(target, seconds):
    """One run; requests a second, latencies in microseconds, and what the gateway used for it."""
    command = ["wrk", "-t", str(WRK_THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(HERE / "report.lua")]
    if target.credential:
        command += ["-H", "Authorization: Bearer " + target.credential]
    before = target.process.cpu()
    out = subprocess.run(command + [f"http://127.0.0.1:{target.port}{target.path}"], capture_output=True, text=True)
    used = target.process.cpu() - before
    if out.returncode != 0:
        time.sleep(1)
        target.process.alive()
        fail(f"wrk ended with: {out.stderr.strip()}; the log of {target.name} says:\n" + pathlib.Path(target.process.log).read_text()[-3000:])
    run = json.loads(re.search(r"^REPORT (.*)$", out.stdout, re.M)[1])
    run["perSecond"] = run["requests"] / (run.pop("micros") / 1e6)
    run["cpuMicros"] = used * 1e6 / max(1, run["requests"])
    errors = {kind: count for kind, count in run["errors"].items() if count}
    if errors or run["requests"] == 0:
        fail(f"{target.name}: of {run['requests']} requests some failed: {errors}")
    return run


def pace(java, target, rate, seconds):
    """Latency at a steady rate."""
    command = [java, "-XX:+UseSerialGC", str(HERE / "Pace.java"), "127.0.0.1", str(target.port), target.path, str(rate), str(seconds)]
    out = subprocess.run(command + ([target.credential] if target.credential else []), capture_output=True, text=True)
    if out.returncode != 0:
        fail("Pace ended with: " + out.stderr)
    result = json.loads(out.stdout)
    if result["errors"]:
        fail(f"{target.name} at {rate} requests a second: {result['errors']} failed")
    return result


def idle_connections(target, count):
    """Bytes of memory for each of many keep-alive connections that have had one answer."""
    request = f"GET {target.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {target.credential}\r\n\r\n".encode()

    def call(s):
        s.sendall(request)
        answer = b""
        while not answer.endswith(b'"}'):
            more = s.recv(4096)
            if not more:
                time.sleep(1)
                target.process.alive()
                log = pathlib.Path(target.process.log).read_text()[-3000:]
                fail(f"{target.name} hung up after {answer[:100]!r}; its log says:\n{log}")
            answer += more
        if not answer.startswith(b"HTTP/1.1 200"):
            fail(f"{target.name} answered {answer[:100]!r}")

    with contextlib.ExitStack() as stack:
        one = stack.enter_context(socket.create_connection(("127.0.0.1", target.port)))
        for _ in range(count):
            call(one)
        before = target.process.rss()
        for _ in range(count):
            s = stack.enter_context(socket.create_connection(("127.0.0.1", target.port)))
            call(s)
        time.sleep(1)
        return {"connections": count, "bytesEach": max(0, target.process.rss() - before) * 1024 * 1024 // count}


def tollgate(stack, work, upstream, secret, redis=None, jfr=None):
    """Starts Tollgate with the manifests of the benchmark: the process, its port and its data."""
    manifests = work / "manifests"
    shutil.copytree(BENCHMARKS / "manifests", manifests)
    routes = manifests / "routes.yaml"
    routes.write_text(routes.read_text().replace("http://UPSTREAM/", f"http://127.0.0.1:{upstream}/"))
    secret_file = manifests / "issuer.yaml"
    secret_file.touch(0o600)
    secret_file.write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: issuer, labels: {tollgate.dev/use: jwt}}\n"
        f"data: {{secret: {base64.b64encode(secret).decode()}}}\n"
    )
    if redis:
        pool = f"apiVersion: tollgate.dev/v1alpha1\nkind: GatewayPool\nmetadata: {{name: default}}\nspec: {{redis: {{url: '{redis}'}}}}\n"
        (manifests / "pool.yaml").write_text(pool)
    data, port = work / "data", free_port()
    environment = dict(os.environ, TOLLGATE_HTTP_PORT=str(port), TOLLGATE_MANAGEMENT_PORT=str(free_port()), TOLLGATE_DATA=str(data))
    if jfr:
        environment["TOLLGATE_JAVA_OPTS"] = f"-XX:StartFlightRecording=filename={os.path.abspath(jfr)},settings=profile,dumponexit=true"
    return Process(stack, "Tollgate", [str(ROOT / "tollgate"), "up", str(manifests)], work / "tollgate.log", env=environment), port, data


def redis(stack, work):
    """Starts a Redis that keeps nothing on disk; its URL."""
    port = free_port()
    command = [os.environ.get("REDIS", "redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = Process(stack, "Redis", command, work / "redis.log", cwd=work)
    while True:
        server.alive()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return f"redis://127.0.0.1:{port}/0"
        time.sleep(0.05)


def usage(tollgate, key):
    status, body = Target("usage", tollgate.process, tollgate.port, "/v1/usage", key).get(timeout=60)
    if status != 200:
        fail(f"GET /v1/usage answered {status}: {body[:300]!r}")
    routes = {line["name"]: line["requests"] for line in json.loads(body)["routes"]}
    return routes


def await_ledger(tollgate, key, upstream):
    """What the ledger holds, when it holds as much as the upstream has had, or grows no more."""
    began = time.monotonic()
    last, since = None, began
    while True:
        counts = json.loads(upstream.get("/counts")[1])
        asked = time.monotonic()
        routes = usage(tollgate, key)
        took = time.monotonic() - asked
        if all(routes.get(r, 0) >= counts.get(r, 0) for r in ("token", "key")):
            return routes, counts, round(time.monotonic() - began, 1)
        if routes != last:
            last, since = routes, time.monotonic()
        if time.monotonic() - since > 60:
            return routes, counts, round(time.monotonic() - began, 1)
        time.sleep(max(1, 4 * took))  # asking is work too


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "loadBefore": os.getloadavg()[0],
    }


def main():
    parser = argparse.ArgumentParser(prog="tollgate bench", description="Measures Tollgate beside Envoy.")
    parser.add_argument("--seconds", type=int, default=8, help="of one run (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, interleaved (default 3)")
    parser.add_argument("--warm-up", type=int, default=30, help=f"seconds before Tollgate's first run (default 30); of the others {OTHERS_WARM_UP}")
    parser.add_argument("--only", help="comma-separated: direct, envoy, token, key (default all)")
    parser.add_argument("--redis", action="store_true", help="also with the limits in a Redis on this machine")
    parser.add_argument("--jfr", metavar="FILE", help="record Tollgate's flight recorder into FILE")
    parser.add_argument("--out", default=str(BENCHMARKS / "results" / "latest.json"), help="where the results go")
    parser.add_argument("--guard", type=float, help="fail below this ratio of Tollgate to Envoy")
    options = parser.parse_args()

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle_count = min(10_000, hard // 2 - 500)
    java = os.environ["JAVA_HOME"] + "/bin/java"
    secret = secrets.token_bytes(32)
    jwt = token(secret)
    wanted = set((options.only or "direct,envoy,token,key").split(","))
    result = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine()}

    with contextlib.ExitStack() as stack:
        work = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-bench-"))
        stack.callback(shutil.rmtree, work, ignore_errors=True)

        up_log = work / "upstream.log"
        up = Process(stack, "upstream", [java, "-XX:+UseSerialGC", "-Xmx128m", "-cp", str(ROOT / "runtime/app/target/lib/*"), str(HERE / "Upstream.java")], up_log)
        while not re.search(r"^\d+$", up_log.read_text(), re.M):
            up.alive()
            time.sleep(0.1)
        port = int(re.search(r"^\d+$", up_log.read_text(), re.M)[0])
        direct = Target("direct", up, port, "/direct/small", None)
        direct.await_ok(10)

        began = time.monotonic()
        gate, http_port, data = tollgate(stack, work / "memory", port, secret, jfr=options.jfr)
        by_token = Target("token", gate, http_port, "/token/small", jwt)
        by_token.await_ok(60)
        result["startSeconds"] = round(time.monotonic() - began, 2)
        key = (data / "keys" / "bench").read_text().strip()
        by_key = Target("key", gate, http_port, "/key/small", key)
        by_key.await_ok(10)
        time.sleep(35)  # what the start used is given back after half a minute
        result["idleMemoryMb"] = gate.rss()

        # its event loops start as connections come
        wrk(by_token, 3)
        workers = gate.event_loops(java)
        envoy_port = free_port()
        jwks = json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "kid": "bench", "k": base64url(secret)}]})
        config = (HERE / "envoy.json").read_text()
        config = config.replace('"ENVOY_PORT"', str(envoy_port)).replace('"UPSTREAM_PORT"', str(port)).replace('"JWKS"', json.dumps(jwks))
        (work / "envoy.json").touch(0o600)
        (work / "envoy.json").write_text(config)
        envoy = Process(
            stack,
            "Envoy",
            [os.environ["ENVOY"], "-c", str(work / "envoy.json"), "--concurrency", str(workers), "--log-level", "warn", "--use-dynamic-base-id"],
            work / "envoy.log",
        )
        by_envoy = Target("envoy", envoy, envoy_port, "/envoy/small", jwt)
        by_envoy.await_ok(20)
        if Target("envoy", envoy, envoy_port, "/envoy/small", None).get()[0] != 401:
            fail("Envoy lets a caller without a token pass")
        if Target("token", gate, http_port, "/token/small", None).get()[0] != 401:
            fail("Tollgate lets a caller without a token pass")
        result["workers"] = workers
        result["envoy"] = subprocess.run([os.environ["ENVOY"], "--version"], capture_output=True, text=True).stdout.split("version:")[-1].strip().split("/")[1]

        targets = [t for t in (direct, by_envoy, by_token, by_key) if t.name in wanted]
        if options.redis:
            other, other_port, _ = tollgate(stack, work / "redis", port, secret, redis=redis(stack, work))
            by_redis = Target("redis", other, other_port, "/redis/small", jwt)
            by_redis.await_ok(60)
            targets.append(by_redis)
        for target in targets:
            print(f"warming up {target.name} …", file=sys.stderr)
            wrk(target, OTHERS_WARM_UP if target in (direct, by_envoy) else options.warm_up)
        runs = {target.name: [] for target in targets}
        for number in range(options.rounds):
            for target in targets:
                run = wrk(target, options.seconds)
                runs[target.name].append(run)
                print(f"round {number + 1}: {target.name:7} {run['perSecond']:9.0f} requests/s", file=sys.stderr)

        table = {}
        for target in targets:
            of = runs[target.name]
            table[target.name] = {
                "requestsPerSecond": round(median(of, "perSecond")),
                "p50Micros": round(median(of, "p50")),
                "p99Micros": round(median(of, "p99")),
                "cpuMicrosPerRequest": round(median(of, "cpuMicros"), 1),
                "memoryMb": target.process.rss(),
                "runs": [round(run["perSecond"]) for run in of],
            }
        result["load"] = table
        if "token" in table and "envoy" in table:
            result["tollgateToEnvoy"] = round(table["token"]["requestsPerSecond"] / table["envoy"]["requestsPerSecond"], 2)

            result["cpuTollgateToEnvoy"] = round(table["token"]["cpuMicrosPerRequest"] / table["envoy"]["cpuMicrosPerRequest"], 2)

        if "redis" in table and "token" in table:
            result["redisToMemory"] = round(table["redis"]["requestsPerSecond"] / table["token"]["requestsPerSecond"], 2)

        before, counts, waited = await_ledger(by_token, key, direct)
        result["ledger"] = {"secondsBehind": waited, "underLoad": {"ledger": before, "upstream": counts}}
        steady = {}
        for target in targets:
            pace(java, target, 1000, 3)
            steady[target.name] = pace(java, target, 1000, 10)
        result["latencyAt1000"] = steady
        after, counts_after, _ = await_ledger(by_token, key, direct)
        for target in targets:
            if target.name in ("token", "key"):
                sent = 13_000
                written = after.get(target.name, 0) - before.get(target.name, 0)
                result["ledger"].setdefault("exact", {})[target.name] = {"sent": sent, "written": written}

        # of one that has room for nothing else yet
        fresh, fresh_port, _ = tollgate(stack, work / "connections", port, secret)
        by_many = Target("connections", fresh, fresh_port, "/token/small", jwt)
        by_many.await_ok(60)
        result["idleConnections"] = idle_connections(by_many, idle_count)

        print_table(result)
        pathlib.Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(options.out).write_text(json.dumps(result, indent=2) + "\n")
        judge(result, before, counts, runs, options)


def judge(result, ledger, upstream, runs, options):
    problems = []
    for name, exact in result["ledger"].get("exact", {}).items():
        if exact["sent"] != exact["written"]:
            problems.append(f"{exact['sent']} requests were sent by {name}, the ledger holds {exact['written']}")
    for name in ("token", "key"):
        if ledger.get(name, 0) < upstream.get(name, 0):
            problems.append(f"the upstream had {upstream.get(name)} requests of route {name}, the ledger holds {ledger.get(name)}")
        # a connection that wrk cuts off at the end of a run may leave one admitted request unsent
        elif ledger.get(name, 0) > upstream.get(name, 0) + CONNECTIONS * (options.rounds + 2):
            problems.append(f"the ledger holds {ledger.get(name)} requests of route {name}, the upstream had {upstream.get(name)}")
    if options.guard and result.get("tollgateToEnvoy", options.guard) < options.guard:
        problems.append(f"Tollgate serves {result['tollgateToEnvoy']} × the requests of Envoy, less than {options.guard}")
    if problems:
        fail("\n       ".join(problems))


def print_table(result):
    names = {"direct": "no gateway", "envoy": "Envoy, JWT", "token": "Tollgate, JWT", "key": "Tollgate, API key", "redis": "Tollgate, JWT, limits in Redis"}
    print()
    print("| | requests/s | p50 | p99 | CPU a request | memory | p50 at 1,000/s | p99 at 1,000/s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, row in result["load"].items():
        steady = result["latencyAt1000"][name]
        print(
            f"| {names[name]} | {row['requestsPerSecond']:,} | {row['p50Micros'] / 1000:.2f} ms | {row['p99Micros'] / 1000:.2f} ms "
            f"| {row['cpuMicrosPerRequest']:.0f} µs | {row['memoryMb']} MB | {steady['p50'] / 1000:.2f} ms | {steady['p99'] / 1000:.2f} ms |"
        )
    print()
    if "tollgateToEnvoy" in result:
        print(f"Tollgate to Envoy {result['envoy']}: {result['tollgateToEnvoy']} ({result['workers']} worker threads each); processor time a request: {result['cpuTollgateToEnvoy']}")
    if "redisToMemory" in result:
        print(f"With the limits in Redis: {result['redisToMemory']} of the rate with those in memory")
    idle = result["idleConnections"]
    print(f"Start to first answer {result['startSeconds']} s; idle {result['idleMemoryMb']} MB; {idle['connections']:,} idle connections at {idle['bytesEach']:,} bytes each")
    for name, exact in result["ledger"].get("exact", {}).items():
        print(f"Ledger, {name}: {exact['sent']:,} requests sent, {exact['written']:,} written")
    under = result["ledger"]["underLoad"]
    for name in ("token", "key"):
        if name in result["load"]:
            print(f"Under load, {name}: upstream had {under['upstream'].get(name, 0):,}, ledger holds {under['ledger'].get(name, 0):,}, {result['ledger']['secondsBehind']} s after the last")


if __name__ == "__main__":
    main()
