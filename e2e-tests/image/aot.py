#!/usr/bin/env python3
"""aot.py IMAGE.tar PATH ARG...: adds an ahead-of-time cache to an image of a Java program (docker-save format), as a last layer.

The image's own JVM runs its own class path at its own paths, in a chroot, with ARG... as its arguments, and must end by itself; what it has
loaded is the cache, and is put at PATH, which the entry point names in -XX:AOTCache. /tmp/train/data is an empty directory. A JVM leaves aside a cache that does not fit it, so an image without one only starts later. Needs root.
"""
import gzip, hashlib, io, json, os, shutil, subprocess, sys, tarfile, tempfile

USER = 10001


def extract(archive, layers, root):
    for name in layers:
        raw = archive.extractfile(name).read()
        data = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        with tarfile.open(fileobj=io.BytesIO(data)) as layer:
            layer.extractall(root, filter="fully_trusted")


def train(root, entrypoint, path, arguments):
    work = os.path.join(root, "tmp/train")
    os.makedirs(os.path.join(work, "data"))
    for directory, folders, files in os.walk(work):
        for entry in [directory] + [os.path.join(directory, f) for f in files]:
            os.chown(entry, USER, USER)
    output = "-XX:AOTCacheOutput=/tmp/train/cache.aot"
    command = [output if a == "-XX:AOTCache=" + path else a for a in entrypoint]
    if output not in command:
        sys.exit("aot: the entry point does not name -XX:AOTCache=" + path)
    os.makedirs(os.path.join(root, "proc"), exist_ok=True)
    ran = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c",
         'mount -t proc proc "$0/proc" && exec chroot --userspec=%d:%d "$0" "$@"' % (USER, USER),
         root] + command + arguments,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp"}, timeout=600)
    cache = os.path.join(work, "cache.aot")
    if ran.returncode != 0 or not os.path.exists(cache):
        sys.exit("aot: the training run failed:\n" + ran.stdout.decode(errors="replace")[-4000:])
    return cache


def append(image, config, manifest, cache, path):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as t:
        info = t.gettarinfo(cache, path.lstrip("/"))
        info.mode, info.uid, info.gid, info.uname, info.gname, info.mtime = 0o444, 0, 0, "", "", 1
        with open(cache, "rb") as f:
            t.addfile(info, f)
    data = layer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    config["rootfs"]["diff_ids"].append("sha256:" + digest)
    config.setdefault("history", []).append({"created_by": "aot.py", "comment": "ahead-of-time cache"})
    text = json.dumps(config).encode()
    name = hashlib.sha256(text).hexdigest() + ".json"
    entry = manifest[0]
    old = entry["Config"]
    entry["Config"] = name
    entry["Layers"].append(digest + ".tar")
    with tarfile.open(image) as before, tarfile.open(image + ".new", "w") as after:
        for member in before:
            if member.name not in (old, "manifest.json"):
                after.addfile(member, before.extractfile(member))
        for called, content in ((name, text), (digest + ".tar", data), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(called)
            info.size = len(content)
            after.addfile(info, io.BytesIO(content))
    os.replace(image + ".new", image)


def main():
    image, path, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tarfile.open(image) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        config = json.load(archive.extractfile(manifest[0]["Config"]))
        root = tempfile.mkdtemp(prefix="aot-")
        try:
            extract(archive, manifest[0]["Layers"], root)
            cache = train(root, config["config"]["Entrypoint"], path, arguments)
            append(image, config, manifest, cache, path)
        finally:
            shutil.rmtree(root, ignore_errors=True)
    print("aot: %s has %s" % (image, path))


if __name__ == "__main__":
    main()
