package dev.tollgate.crd.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * One YAML document as a JSON tree, with the line of each path. Bounded in depth and size, so that
 * aliases of aliases do no harm; a key that is there twice is an error. What its scalars mean is
 * said by {@link YamlScalar}.
 */
final class YamlDocument {
  private static final int DEPTH = 40;
  private static final String TOO_DEEP =
      "the document is nested deeper than " + DEPTH + " levels here; make it flatter";
  private static final int NODES = 100_000;

  /** In characters. */
  private static final int LARGEST = 4_000_000;

  private static final String SEPARATOR = "---";
  private static final Pattern COMMENT = Pattern.compile("^---\\s*(#.*)?$");
  private static final Pattern INDENT = Pattern.compile("^[ \t]+", Pattern.MULTILINE);
  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setSchema(new YamlScalar.Schema())
          .setCodePointLimit(LARGEST)
          .setMaxAliasesForCollections(NODES)
          .build();

  private final int firstLine;
  private final Map<String, Integer> lines = new HashMap<>();
  private int nodes;
  private final JsonNode tree;

  private YamlDocument(int firstLine, @Nullable Node root) throws Bad {
    this.firstLine = firstLine;
    this.tree = root == null ? JsonNodeFactory.instance.nullNode() : convert(root, "", 0);
  }

  /** What a file is split into; text before the first line of dashes is the first. */
  record Part(int firstLine, String text) {}

  /** A document that is not YAML; the message holds nothing of the text. */
  static final class Bad extends Exception {
    private static final long serialVersionUID = 1L;
    final int line;
    final String path;

    Bad(int line, String path, String message) {
      super(message);
      this.line = line;
      this.path = path;
    }
  }

  /** Splits at lines of three dashes, so that one bad document does not hide the next. */
  static List<Part> split(String file) {
    List<Part> parts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int first = 1;
    int line = 0;
    for (String row : file.lines().toList()) {
      line++;
      if (row.startsWith(SEPARATOR)) {
        parts.add(new Part(first, text.toString()));
        text.setLength(0);
        first = line;
        row = COMMENT.matcher(row).replaceFirst("");
      }
      text.append(row).append('\n');
    }
    parts.add(new Part(first, text.toString()));
    return parts;
  }

  static YamlDocument parse(Part part) throws Bad {
    if (part.text().startsWith(SEPARATOR)) {
      throw new Bad(
          part.firstLine(),
          "",
          "nothing but a comment may follow --- in its line; begin the document in the next line");
    }
    int size = part.text().codePointCount(0, part.text().length());
    if (size > LARGEST) {
      throw new Bad(
          part.firstLine(),
          "",
          String.format(
              Locale.ROOT,
              "this has %,d characters, and %,d are the most; make several documents of it, with"
                  + " --- between them",
              size,
              LARGEST));
    }
    try {
      var events = new ParserImpl(SETTINGS, new StreamReader(SETTINGS, readable(part.text())));
      Optional<Node> root = new Composer(SETTINGS, new Shallow(events)).getSingleNode();
      return new YamlDocument(part.firstLine(), root.orElse(null));
    } catch (MarkedYamlEngineException bad) {
      int line = bad.getProblemMark().map(m -> m.getLine() + part.firstLine()).orElse(0);
      int column = bad.getProblemMark().map(m -> m.getColumn() + 1).orElse(0);
      throw new Bad(line, "", YamlFaults.words(bad, column, part.firstLine()));
    } catch (TooDeep deep) {
      throw new Bad(deep.line + part.firstLine(), "", TOO_DEEP);
    } catch (ReaderException bad) {
      String before = part.text().substring(0, part.text().indexOf(bad.getCodePoint()));
      int line = (int) before.chars().filter(c -> c == '\n').count();
      throw new Bad(line + part.firstLine(), "", YamlFaults.CONTROL_CHARACTER);
    } catch (YamlEngineException bad) {
      throw new Bad(part.firstLine(), "", YamlFaults.UNUSUAL);
    }
  }

  /** JSON may be indented with tabs, and YAML may not; what begins a line means nothing there. */
  private static String readable(String text) {
    return text.stripLeading().startsWith("{") && text.indexOf('\t') >= 0
        ? INDENT.matcher(text).replaceAll(indent -> " ".repeat(indent.group().length()))
        : text;
  }

  private static final class TooDeep extends YamlEngineException {
    private static final long serialVersionUID = 1L;
    private final int line;

    TooDeep(int line) {
      super("too deep");
      this.line = line;
    }
  }

  /** Events of a document that is not deep: whoever builds a tree of them recurses. */
  private static final class Shallow implements Parser {
    private final Parser events;
    private int depth;

    Shallow(Parser events) {
      this.events = events;
    }

    @Override
    public boolean checkEvent(Event.ID id) {
      return events.checkEvent(id);
    }

    @Override
    public Event peekEvent() {
      return events.peekEvent();
    }

    @Override
    public boolean hasNext() {
      return events.hasNext();
    }

    @Override
    public Event next() {
      Event event = events.next();
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      if (depth > DEPTH) {
        throw new TooDeep(event.getStartMark().map(Mark::getLine).orElse(0));
      }
      return event;
    }
  }

  JsonNode tree() {
    return tree;
  }

  /** The line of a path, or of the nearest one above it. */
  int line(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Integer line = lines.get(at);
      if (line != null) {
        return line;
      }
      int end = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
      at = end < 0 ? "" : at.substring(0, end);
    }
    return lines.getOrDefault("", firstLine);
  }

  private int lineOf(Node node) {
    return node.getStartMark().map(m -> m.getLine() + firstLine).orElse(firstLine);
  }

  private JsonNode convert(Node node, String path, int depth) throws Bad {
    lines.putIfAbsent(path, lineOf(node));
    if (depth > DEPTH) {
      throw new Bad(lineOf(node), path, TOO_DEEP);
    }
    if (++nodes > NODES) {
      throw new Bad(
          lineOf(node),
          path,
          String.format(
              Locale.ROOT,
              "here are more than %,d values and sets of fields, each alias (*) counted as what it"
                  + " stands for; make several documents of it, with --- between them",
              NODES));
    }
    return switch (node) {
      case MappingNode map -> object(map, path, depth);
      case SequenceNode list -> {
        var array = JsonNodeFactory.instance.arrayNode();
        int i = 0;
        for (Node item : list.getValue()) {
          array.add(convert(item, path + "[" + i++ + "]", depth + 1));
        }
        yield array;
      }
      case ScalarNode scalar -> read(scalar, path, YamlScalar::value);
      default -> throw new Bad(lineOf(node), path, "this kind of YAML node is not supported");
    };
  }

  private ObjectNode object(MappingNode map, String path, int depth) throws Bad {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    Set<String> merged = new HashSet<>();
    for (NodeTuple tuple : map.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new Bad(lineOf(tuple.getKeyNode()), path, "a key must be a plain word");
      }
      if (YamlScalar.isMerge(key)) {
        merge(tuple.getValueNode(), object, merged, path, depth);
        continue;
      }
      String name = read(key, path, YamlScalar::key);
      String at = path.isEmpty() ? name : path + "." + name;
      if (object.has(name) && !merged.remove(name)) {
        throw new Bad(lineOf(key), at, "the field is there twice; keep one");
      }
      lines.put(at, lineOf(key));
      object.set(name, convert(tuple.getValueNode(), at, depth + 1));
    }
    return object;
  }

  /** Brings in the fields of other objects; what is written below them, wins. */
  private void merge(Node from, ObjectNode object, Set<String> merged, String path, int depth)
      throws Bad {
    List<Node> maps =
        from instanceof SequenceNode list ? list.getValue().reversed() : List.of(from);
    for (Node map : maps) {
      if (!(map instanceof MappingNode)) {
        throw new Bad(lineOf(from), path, "<< takes a set of fields, or a list of such");
      }
      for (Map.Entry<String, JsonNode> field : convert(map, path, depth + 1).properties()) {
        if (object.has(field.getKey()) && !merged.contains(field.getKey())) {
          throw new Bad(
              lineOf(from),
              path,
              "<< overwrites a field that is above it; write << before all other fields");
        }
        object.set(field.getKey(), field.getValue());
        merged.add(field.getKey());
      }
    }
  }

  private <T> T read(ScalarNode scalar, String path, Function<ScalarNode, T> reader) throws Bad {
    try {
      return reader.apply(scalar);
    } catch (IllegalArgumentException bad) {
      throw new Bad(lineOf(scalar), path, String.valueOf(bad.getMessage()));
    }
  }
}
