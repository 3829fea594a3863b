/**
 * The language of prompts: Jinja's {@code {{ }}}, {@code {% if %}}, {@code {% for %}}, filters and
 * tests.
 *
 * <p>Lexer and parser are those of <a href="https://pebbletemplates.io">Pebble</a>: some 250 KB
 * with one small dependency, against Jinjava's 15 MB of Guava, Javassist and an expression language
 * that reaches Java objects by reflection. Pebble's evaluation is not used, since it allocates some
 * dozen maps a render and has reflection, files and functions to be switched off; {@link
 * dev.tollgate.ai.prompt.template.Compilation} instead turns the tree, once, into the few
 * operations that are here. So the sandbox needs no list of what is forbidden: a template can do
 * what this package has code for, on strings, numbers, booleans, lists and maps, and nothing else.
 * Every name, filter and test is known when a template is compiled, or refused with line and
 * column.
 *
 * <p>Values are written as they are: never escaped, never read as a template. Steps, characters and
 * time of a render are bounded ({@link dev.tollgate.ai.prompt.template.RenderLimits}).
 *
 * <p>A compiled template is immutable; any thread may render it.
 */
@NullMarked
package dev.tollgate.ai.prompt.template;

import org.jspecify.annotations.NullMarked;
