"""The clients that people use, against a gateway: BASE, KEY, KEY_OVER_LIMIT. Prints a line for each thing that works."""

import os

import anthropic
import ollama
import openai
from langchain_openai import ChatOpenAI

BASE, KEY, OVER = os.environ["BASE"], os.environ["KEY"], os.environ["KEY_OVER_LIMIT"]
HELLO = [{"role": "user", "content": "Say hello."}]
failed = 0


def check(name, work):
    global failed
    try:
        work()
        print("ok", name, flush=True)
    except Exception as e:
        failed += 1
        print("FAIL", name, type(e).__name__, str(e)[:400], flush=True)


def refused(kind, work, status=None):
    try:
        work()
    except kind as e:
        assert status is None or e.status_code == status, e.status_code
        return
    raise AssertionError("nothing was refused")


# OpenAI


def open_ai(key=KEY):
    return openai.OpenAI(base_url=BASE + "/v1", api_key=key, max_retries=0, timeout=90)


def chat(key=KEY, model="gemma", **more):
    return open_ai(key).chat.completions.create(
        model=model, messages=HELLO, max_tokens=6, temperature=0, **more)


def openai_chat():
    answer = chat()
    assert answer.choices[0].message.content and answer.choices[0].finish_reason == "length", answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def openai_stream(model):
    chunks = list(chat(model=model, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).strip()
    assert chunks[-1].usage.completion_tokens > 0, chunks[-1]
    assert all(c.usage is None for c in chat(model=model, stream=True)), "usage that nobody asked for"


def openai_completion():
    answer = open_ai().completions.create(model="gemma", prompt="Once upon", max_tokens=4)
    assert answer.choices[0].text and answer.usage.completion_tokens > 0, answer


def openai_responses():
    answer = open_ai().responses.create(model="gemma", input="Say hello.", max_output_tokens=16)
    assert answer.output_text and answer.usage.output_tokens > 0, answer


def openai_responses_stream():
    events = list(open_ai().responses.create(
        model="gemma", input="Say hello.", max_output_tokens=16, stream=True))
    assert any(e.type == "response.output_text.delta" for e in events)
    assert events[-1].type in ("response.completed", "response.incomplete"), events[-1]


check("openai chat", openai_chat)
check("openai stream of Ollama", lambda: openai_stream("gemma"))
check("openai stream of OpenAI", lambda: openai_stream("gemma-openai"))
check("openai completion", openai_completion)
check("openai responses", openai_responses)
check("openai responses stream", openai_responses_stream)
check("openai models", lambda: [open_ai().models.list().data.index(m) for m in open_ai().models.list().data if m.id == "gemma"][0])
check("openai wrong key", lambda: refused(openai.AuthenticationError, lambda: chat("wrong")))
check("openai unknown model", lambda: refused(openai.NotFoundError, lambda: chat(model="nope")))
check("openai over limit", lambda: refused(openai.RateLimitError, lambda: chat(OVER, stream=True)))
check("openai embeddings the model has not", lambda: refused(
    openai.APIStatusError, lambda: open_ai().embeddings.create(model="gemma", input="x")))

# Anthropic


def claude(key=KEY):
    return anthropic.Anthropic(base_url=BASE, api_key=key, max_retries=0, timeout=90)


def message(key=KEY, model="gemma"):
    return claude(key).messages.create(model=model, max_tokens=6, messages=HELLO)


def anthropic_message():
    answer = message()
    assert answer.content[0].text and answer.stop_reason == "max_tokens", answer
    assert answer.usage.output_tokens > 0, answer


def anthropic_stream():
    with claude().messages.stream(model="gemma", max_tokens=6, messages=HELLO) as stream:
        assert "".join(stream.text_stream).strip()
        assert stream.get_final_message().usage.output_tokens > 0


def anthropic_count():
    assert claude().messages.count_tokens(model="gemma", messages=HELLO).input_tokens > 0


check("anthropic message", anthropic_message)
check("anthropic stream", anthropic_stream)
check("anthropic count_tokens", anthropic_count)
check("anthropic models", lambda: [m.id for m in claude().models.list(limit=1)].index("gemma-openai"))
check("anthropic wrong key", lambda: refused(anthropic.AuthenticationError, lambda: message("wrong")))
check("anthropic unknown model", lambda: refused(anthropic.NotFoundError, lambda: message(model="nope")))
check("anthropic over limit", lambda: refused(anthropic.RateLimitError, lambda: message(OVER)))

# Ollama


def llama(key=KEY):
    return ollama.Client(host=BASE, headers={"Authorization": "Bearer " + key}, timeout=90)


FEW = {"num_predict": 6, "temperature": 0}


def ollama_chat():
    answer = llama().chat(model="gemma", messages=HELLO, options=FEW)
    assert answer.message.content and answer.eval_count == 6, answer


def ollama_stream(model):
    parts = list(llama().chat(model=model, messages=HELLO, options=FEW, stream=True))
    assert "".join(p.message.content or "" for p in parts).strip()
    assert parts[-1].done and parts[-1].eval_count == 6, parts[-1]


def ollama_generate():
    answer = llama().generate(model="gemma", prompt="Once upon", options=FEW)
    assert answer.response and answer.prompt_eval_count > 0, answer


check("ollama chat", ollama_chat)
check("ollama stream of Ollama", lambda: ollama_stream("gemma"))
check("ollama stream of OpenAI", lambda: ollama_stream("gemma-openai"))
check("ollama generate", ollama_generate)
check("ollama list", lambda: [m.model for m in llama().list().models].index("gemma"))
check("ollama running", lambda: [m.model for m in llama().ps().models].index("gemma"))
check("ollama embeddings", lambda: [list(llama().embeddings(model="vectors", prompt="x").embedding)].index([0.5, -0.25]))
check("ollama embeddings the model has not", lambda: refused(
    ollama.ResponseError, lambda: llama().embeddings(model="gemma", prompt="x")))
check("ollama wrong key", lambda: refused(ollama.ResponseError, lambda: llama("wrong").chat(model="gemma", messages=HELLO), 401))
check("ollama unknown model", lambda: refused(ollama.ResponseError, lambda: llama().chat(model="nope", messages=HELLO), 404))
check("ollama over limit", lambda: refused(ollama.ResponseError, lambda: llama(OVER).chat(model="gemma", messages=HELLO), 429))

# LangChain


def chain():
    return ChatOpenAI(model="gemma", base_url=BASE + "/v1", api_key=KEY, max_tokens=6, temperature=0, max_retries=0)


def langchain_invoke():
    answer = chain().invoke("Say hello.")
    assert answer.content and answer.usage_metadata["output_tokens"] > 0, answer


check("langchain invoke", langchain_invoke)
check("langchain stream", lambda: "".join(c.content for c in chain().stream("Say hello.")).strip()[0])
raise SystemExit(1 if failed else 0)
