package dev.tollgate.app.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI 3.1 description of what the runtime answers by itself. It is written by hand, in
 * {@code openapi.yaml}, since the bodies of the JSON tool are streams that no type describes; a
 * test holds it against the routes and their answers.
 */
@Controller
final class OpenApiController {

  private final byte[] yaml;

  /** Translated when it is first asked for. */
  private byte @Nullable [] json;

  OpenApiController() {
    try (var file = OpenApiController.class.getResourceAsStream("/openapi.yaml")) {
      yaml = Objects.requireNonNull(file, "openapi.yaml is not in the program").readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("openapi.yaml cannot be read", e);
    }
  }

  @Get("/openapi.yaml")
  HttpResponse<byte[]> yaml() {
    return answer(yaml, "application/yaml");
  }

  @Get("/openapi.json")
  synchronized HttpResponse<byte[]> json() throws IOException {
    if (json == null) {
      json = new ObjectMapper().writeValueAsBytes(new YAMLMapper().readTree(yaml));
    }
    return answer(json, MediaType.APPLICATION_JSON);
  }

  /** Readable from pages elsewhere, since viewers of such documents are such pages. */
  private static HttpResponse<byte[]> answer(byte[] document, String type) {
    return HttpResponse.ok(document)
        .contentType(type)
        .header("Access-Control-Allow-Origin", "*")
        .header("Cache-Control", "public, max-age=300");
  }
}
