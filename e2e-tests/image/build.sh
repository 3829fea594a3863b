#!/bin/bash
# Makes the image tars that need no registry, cached: base.tar (Debian and a jlinked Java, user 10001, for jib) and mariadb.tar.
#   image/build.sh [base] [mariadb] [redis] [ollama]      tars end in the cache's images/
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); OUT=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}/images; mkdir -p "$OUT"
[ "$(id -u)" = 0 ] || { echo "image: debootstrap needs root" >&2; exit 1; }
[ $# -gt 0 ] || set -- base mariadb
root() { # name packages
  rm -rf "$OUT/$1.root"
  debootstrap --variant=minbase ${2:+--include="$2"} stable "$OUT/$1.root" >"$OUT/$1.log" 2>&1 || { tail "$OUT/$1.log" >&2; exit 1; }
  rm -rf "$OUT/$1.root"/var/cache/apt/* "$OUT/$1.root"/var/lib/apt/lists/* "$OUT/$1.root"/usr/share/{doc,man,locale}/*
  echo "tollgate:x:10001:10001::/tmp:/usr/sbin/nologin" >>"$OUT/$1.root/etc/passwd"; echo "tollgate:x:10001:" >>"$OUT/$1.root/etc/group"
}
pack() { # name reference entrypoint
  python3 "$HERE/../cluster/image.py" "$OUT/$1.tar.new" "$2" "$3" "$OUT/$1.root" 10001:10001
  mv "$OUT/$1.tar.new" "$OUT/$1.tar"; rm -rf "$OUT/$1.root"
}
for name in "$@"; do
  [ -f "$OUT/$name.tar" ] && continue
  case $name in
    base) root base ""
      # jdk.jlink cannot be linked from a JDK without jmods
      modules=$("${JAVA_HOME:?set JAVA_HOME to a JDK 25}/bin/java" --list-modules | cut -d@ -f1 | grep -vE '^jdk.(jlink|jpackage)$' | paste -sd,)
      "$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$OUT/base.root/opt/java"
      ln -s /opt/java/bin/java "$OUT/base.root/usr/bin/java"
      pack base tollgate.local/base:e2e '["/usr/bin/java"]' ;;
    mariadb) root mariadb mariadb-server; pack mariadb tollgate.local/mariadb:e2e '["/usr/sbin/mariadbd"]' ;;
    redis) root redis redis-server; pack redis tollgate.local/redis:e2e '["/usr/bin/redis-server"]' ;;
    ollama) "$HERE/../model/build.sh"
      root ollama ca-certificates,libstdc++6,libgomp1
      install -m 755 "$OUT/../bin/ollama" "$OUT/ollama.root/usr/bin/ollama"
      cp "$OUT/../models/gemma3-270m.gguf" "$OUT/ollama.root/opt/"
      pack ollama tollgate.local/ollama:e2e '["/usr/bin/ollama"]' ;;
    *) echo "image: unknown image $name; known: base mariadb redis ollama" >&2; exit 1 ;;
  esac
done
