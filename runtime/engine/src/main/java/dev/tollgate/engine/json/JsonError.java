package dev.tollgate.engine.json;

/**
 * The first place where a document is not JSON.
 *
 * @param line 1-based; LF, CR and CR LF each end a line
 * @param column 1-based, in Unicode code points from the start of the line
 * @param offset 0-based, in bytes from the start of the document; the document's length when it
 *     ends too early
 * @param pointer JSON Pointer (RFC 6901) of the value that is wrong or missing; of the array or
 *     object itself when a comma, a bracket or a member's name is wrong or missing there. The empty
 *     string is the whole document
 * @param message a sentence for people: what was found and what would be right
 */
public record JsonError(long line, long column, long offset, String pointer, String message) {}
