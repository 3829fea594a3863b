package dev.tollgate.crd.manifest;

import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** What a parser of YAML says, for people: what is wrong and what to do. Nothing of the text. */
final class YamlFaults {

  static final String CONTROL_CHARACTER = "this is not YAML: a control character; remove it";

  /** Where the parser does not say what it is. */
  static final String UNUSUAL =
      "this is not YAML, or YAML of an unusual kind; write it without anchors, aliases and tags";

  private YamlFaults() {}

  /**
   * A sentence about a fault.
   *
   * @param firstLine of the document in its file
   */
  static String words(MarkedYamlEngineException fault, int column, int firstLine) {
    String begun =
        fault
            .getContextMark()
            .map(mark -> "in line " + (mark.getLine() + firstLine))
            .orElse("before");
    return "this is not YAML"
        + (column > 0 ? ", at column " + column : "")
        + ": "
        + words(String.valueOf(fault.getProblem()), begun);
  }

  private static String words(String problem, String begun) {
    if (problem.contains("mapping values are not allowed")) {
      return "a second \": \" in one line, or a line that is indented further than the one above it"
          + " allows; put the value in quotes, or correct the indentation";
    }
    if (problem.contains("TAB")) {
      return "a tab stands where YAML takes only spaces; write spaces instead";
    }
    if (problem.contains("cannot start any token")) {
      return "no value may begin with this character; put the value in quotes";
    }
    if (problem.contains("expected <block end>")) {
      return "the line does not begin in the column of those that it belongs to, which began "
          + begun
          + "; indent them alike, and begin each item of a list with \"- \"";
    }
    if (problem.contains("',' or ']'") || problem.contains("',' or '}'")) {
      return "what opened "
          + begun
          + " with a bracket is not closed, or a comma is missing; close it with ] or }, or add the"
          + " comma";
    }
    if (problem.contains("expected the node content")) {
      return "a value is missing, or a bracket above is not closed; write the value, or close the"
          + " bracket with ] or }";
    }
    if (problem.contains("unexpected end of stream") || problem.contains("document separator")) {
      return "a quote that opened " + begun + " is not closed; close it";
    }
    if (problem.contains("could not find expected ':'")) {
      return "a key without a colon, "
          + begun
          + "; write \"key: value\", with a space after the colon";
    }
    if (problem.contains("are not allowed here")) {
      return "no item or key may begin here; put it in a line of its own";
    }
    if (problem.contains("undefined alias")) {
      return "a value that begins with * stands for an anchor (&) that is not above; put the value"
          + " in quotes if it is a text";
    }
    if (problem.contains("<document start>")) {
      return "the document ends above, and this does not belong to it; begin the line in the column"
          + " of those above, or write --- in a line of its own before another document";
    }
    if (problem.contains("escape")) {
      return "an escape that does not exist, in a text in double quotes; write \\\\ for a backslash, or"
          + " use single quotes";
    }
    return problem + "; correct it, or put the value in quotes";
  }
}
