package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.request.ChatRequest.Content;
import dev.tollgate.ai.protocol.request.ChatRequest.Format;
import dev.tollgate.ai.protocol.request.ChatRequest.Image;
import dev.tollgate.ai.protocol.request.ChatRequest.Text;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What OpenAI's chat and responses have in common: contents, data URLs, arguments, formats. */
final class OpenAiContents {

  private OpenAiContents() {}

  /** A string, or an array of parts. */
  static List<Content> read(JsonNode content, String path) throws BadModelRequest {
    if (content.isTextual()) {
      return List.of(new Text(content.textValue()));
    }
    if (!content.isArray()) {
      throw new BadModelRequest(path + " must be a string or an array of parts.", path);
    }
    var contents = new ArrayList<Content>();
    for (int i = 0; i < content.size(); i++) {
      contents.add(part(Members.of(content.get(i), path + "[" + i + "]")));
    }
    return contents;
  }

  private static Content part(Members part) throws BadModelRequest {
    String type = part.requiredText("type");
    return switch (type) {
      case "text", "input_text", "output_text" -> new Text(part.requiredText("text"));
      case "refusal" -> new Text(part.requiredText("refusal"));
      case "image_url" -> {
        JsonNode url = part.required("image_url");
        String path = part.path("image_url");
        yield url.isTextual()
            ? image(url.textValue(), path)
            : image(Members.of(url, path).requiredText("url"), path + ".url");
      }
      case "input_image" -> image(part.requiredText("image_url"), part.path("image_url"));
      default ->
          throw new BadModelRequest(
              "A part of type " + type + " cannot be passed on to the protocol of this model.",
              part.path("type"));
    };
  }

  private static Image image(String url, String path) throws BadModelRequest {
    if (!url.startsWith("data:")) {
      return new Image("", null, url);
    }
    int comma = url.indexOf(',');
    if (comma < 0 || !url.substring(0, comma).endsWith(";base64")) {
      throw new BadModelRequest(
          "An image must be a URL or data:image/…;base64,… with its data.", path);
    }
    String type = url.substring("data:".length(), comma - ";base64".length());
    return new Image(type.isEmpty() ? "image/png" : type, url.substring(comma + 1), null);
  }

  /** The text of contents that can be nothing else. */
  static String text(JsonNode content, String path) throws BadModelRequest {
    var text = new StringBuilder();
    for (Content part : read(content, path)) {
      if (!(part instanceof Text words)) {
        throw new BadModelRequest(path + " can only be text for this model.", path);
      }
      text.append(text.isEmpty() ? "" : "\n").append(words.text());
    }
    return text.toString();
  }

  /** Arguments, which are JSON in a string. */
  static ObjectNode arguments(String json, String path) throws BadModelRequest {
    if (json.isBlank()) {
      return Json.MAPPER.createObjectNode();
    }
    try {
      if (Json.MAPPER.readTree(json) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw BadModelRequest.notJson(path, path, e);
    }
    throw new BadModelRequest(path + " must be a JSON object in a string.", path);
  }

  /** {@code auto}, {@code none}, {@code required}, or an object that names a function. */
  static @Nullable ToolChoice toolChoice(Members request) throws BadModelRequest {
    JsonNode choice = request.value("tool_choice");
    if (choice == null) {
      return null;
    }
    String path = request.path("tool_choice");
    if (choice.isTextual()) {
      return switch (choice.textValue()) {
        case "auto" -> new ToolChoice.Auto();
        case "none" -> new ToolChoice.None();
        case "required" -> new ToolChoice.Required();
        default ->
            throw new BadModelRequest(
                "tool_choice must be auto, none, required or name a function.", path);
      };
    }
    Members object = Members.of(choice, path);
    if (!object.requiredText("type").equals("function")) {
      throw new BadModelRequest("tool_choice can only name a function.", path + ".type");
    }
    Members function = object.object("function");
    return new ToolChoice.Named((function == null ? object : function).requiredText("name"));
  }

  /** {@code response_format} of chat or {@code text.format} of responses. */
  static @Nullable Format format(@Nullable Members format) throws BadModelRequest {
    if (format == null) {
      return null;
    }
    String type = format.requiredText("type");
    return switch (type) {
      case "text" -> null;
      case "json_object" -> new Format(null, null);
      case "json_schema" -> {
        Members nested = format.object("json_schema");
        Members schema = nested == null ? format : nested;
        yield new Format(schema.text("name"), schema.required("schema"), schema.flag("strict"));
      }
      default ->
          throw new BadModelRequest(
              "The format must be text, json_object or json_schema.", format.path("type"));
    };
  }
}
