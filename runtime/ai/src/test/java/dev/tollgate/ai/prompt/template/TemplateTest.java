package dev.tollgate.ai.prompt.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

  private static final List<String> NAMES = List.of("a", "b", "names", "user", "n", "missing");

  private static String render(String template) {
    return render(template, "Ann", "Bob");
  }

  private static String render(String template, @Nullable Object a, @Nullable Object b) {
    Map<String, Object> user = new LinkedHashMap<>();
    user.put("name", "Eve");
    user.put("tags", List.of("x", "y"));
    return Template.compile(template, NAMES)
        .render(
            new @Nullable Object[] {a, b, List.of("u", "v", "w"), user, 7L, null},
            RenderLimits.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "plain§plain",
        "Hi {{ a }}!§Hi Ann!",
        "{{ missing }}§",
        "{{ missing | default('none') }}§none",
        "{{ a|upper ~ '-' ~ b|lower }}§ANN-bob",
        "{% if a == 'Ann' %}yes{% elif b %}maybe{% else %}no{% endif %}§yes",
        "{% if a == 'x' %}yes{% elif b %}maybe{% else %}no{% endif %}§maybe",
        "{% if not a %}yes{% elseif missing %}maybe{% else %}no{% endif %}§no",
        "{% for x in names %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}§1u,2v,3w",
        "{% for x in missing %}x{% else %}nobody{% endfor %}§nobody",
        "{% for k, v in user %}{{ k }}={{ v }};{% endfor %}§name=Eve;tags=[\"x\", \"y\"];",
        "{% for x in names %}{% for y in user.tags %}{{ loop.index0 }}{% endfor %}{{ loop.index }} {% endfor %}§011 012 013 ",
        "{{ user.name }} {{ user['name'] }} {{ user.tags[1] }} {{ user.tags[-1] }} {{ user.nope }}§Eve Eve y y ",
        "{{ n + 1 }} {{ n / 2 }} {{ n % 4 }} {{ -n }} {{ n * 2 - 1 }}§8 3.5 3 -7 13",
        "{{ n > 3 and n <= 7 or false }}§true",
        "{{ 'u' in names }} {{ 'z' not in names }} {{ 'nn' in a }}§true true true",
        "{{ n is odd }} {{ missing is defined }} {{ a is string }} {{ a is not none }}§true false true true",
        "{{ n > 3 ? 'many' : 'few' }}§many",
        "{{ names | join(', ') }} {{ names | length }} {{ names | first }}§u, v, w 3 u",
        "{{ user | tojson }}§{\"name\": \"Eve\", \"tags\": [\"x\", \"y\"]}",
        "{{ a | replace('n', 'm') }} {{ 'hello world' | title }} {{ 'hELLO' | capitalize }}§Amm Hello World Hello",
        "{{ 'abcdef' | truncate(4, '…') }}§abc…",
        "{{ ['b', 'a'] | sort | join('') }}§ab",
        "a {#- a comment {{ nope }} -#} b§ab",
        "a {%- if true %} b {% endif -%} c§a b c",
        "{{ 1.5 | round }} {{ '12' | int + 1 }}§2.0 13",
      })
  void rendersAsJinjaDoes(String template, @Nullable String text) {
    assertThat(render(template)).isEqualTo(text == null ? "" : text);
  }

  @Test
  void keepsNewlinesAsJinjaDoes() {
    assertThat(render("{{ a }}\n{{ b }}\n{% if a %}\nx\n{% endif %}\n"))
        .isEqualTo("Ann\nBob\n\nx\n\n");
  }

  @Test
  void readsEscapesOfQuotedText() {
    assertThat(render("{{ names | join('\\n') }}")).isEqualTo("u\nv\nw");
  }

  @Test
  void neverRendersAValueAgain() {
    assertThat(render("{{ a }}{{ b | upper }}", "{{ b }}{% if b %}", "{{ a }}"))
        .isEqualTo("{{ b }}{% if b %}{{ A }}");
  }

  @Test
  void escapesNothing() {
    assertThat(render("{{ a }}", "<b>&\"'", null)).isEqualTo("<b>&\"'");
  }

  @Test
  void keepsEveryLanguageAndSign() {
    assertThat(render("«{{ a }}» {{ b | capitalize }} {{ a | length }}", "日本語🙂", "élan"))
        .isEqualTo("«日本語🙂» Élan 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "Hi {{ nope }}§1§7§no variable named nope",
        "x\\ny {{ a }} {{ b | shout }}§2§18§no filter named shout",
        "{% if a %}\\n{{ a }}\\n  {{ who }}{% endif %}§3§6§no variable named who",
        "{% for x in names %}{% endfor %}{{ x }}§1§36§no variable named x",
        "{{ loop.index }}§1§4§loop is known within a for",
        "{% for x in names %}{{ loop.size }}{% endfor %}§1§29§loop has no member size",
        "{{ a is fine }}§1§9§no test named fine",
        "{{ range(10) }}§1§9§functions",
        "{{ a.getClass() }}§1§6§methods cannot be called",
        "{% include 'x' %}§1§4§Unexpected tag name",
        "{% import 'x' %}§1§4§Unexpected tag name",
        "{% extends 'x' %}§1§4§Unexpected tag name",
        "{% macro x() %}{% endmacro %}§1§4§Unexpected tag name",
        "{{ a§1§5§ends within a tag; close it with }}",
        "{{ a | join(1, 2) }}§1§8§takes 0 to 1",
      })
  void refusesWhatItDoesNotKnowWithItsPlace(String template, int line, int column, String why) {
    assertThatThrownBy(() -> Template.compile(template.replace("\\n", "\n"), NAMES))
        .isInstanceOfSatisfying(
            TemplateException.class,
            e -> {
              assertThat(e.line()).isEqualTo(line);
              assertThat(e.column()).isEqualTo(column);
            })
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ a",
        "{% if a %}x",
        "{{ }}",
        "{{ a + }}",
        "{% for in a %}{% endfor %}",
        "{{ 'a }}",
        "{% endif %}",
        "{% if %}{% endif %}",
        "{{ a | }}",
        "{# x",
        "{{ a b }}",
        "{{ (a }}",
        "{%",
        "{{ 99999999999999999999 }}",
      })
  void refusesWhatIsNoTemplate(String template) {
    assertThatThrownBy(() -> Template.compile(template, NAMES))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void refusesWhatIsTooDeepInsteadOfOverflowing() {
    assertThatThrownBy(() -> Template.compile("{{ " + "(".repeat(100_000) + "a", NAMES))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> Template.compile("{% if a %}".repeat(50_000), NAMES))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void reachesNoMethodOfAValue() {
    assertThat(render("{{ a.class }}{{ a.bytes }}{{ names.empty }}{{ user.getClass }}")).isEmpty();
  }

  @Test
  void boundsTheText() {
    var template = Template.compile("{% for x in a %}{{ b }}{% endfor %}", List.of("a", "b"));
    var values = new Object[] {Collections.nCopies(1000, 1L), "x".repeat(1000)};

    assertThatThrownBy(() -> template.render(values, RenderLimits.DEFAULT))
        .isInstanceOf(RenderException.class)
        .hasMessageContaining("65536 characters");
  }

  @Test
  void boundsTextThatAFilterWouldMake() {
    var template =
        Template.compile("{{ a | replace('a', b) | replace('b', b) | length }}", List.of("a", "b"));
    var values = new Object[] {"a".repeat(4000), "b".repeat(4000)};

    assertThatThrownBy(() -> template.render(values, RenderLimits.DEFAULT))
        .isInstanceOf(RenderException.class);
  }

  @Test
  void boundsLoops() {
    var template =
        Template.compile(
            "{% for x in a %}{% for y in a %}{% for z in a %}{% endfor %}{% endfor %}{% endfor %}",
            List.of("a"));
    var values = new Object[] {Collections.nCopies(1000, 1L)};

    assertThatThrownBy(() -> template.render(values, RenderLimits.DEFAULT))
        .isInstanceOf(RenderException.class)
        .hasMessageContaining("steps");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{% if b in a %}x{% endif %}", "{{ a | replace(b, '') | length }}"})
  @Timeout(10)
  void boundsTheSearchForAText(String search) {
    var template = Template.compile(search, List.of("a", "b"));
    var values = new Object[] {"a".repeat(600_000), "a".repeat(300_000) + "b"};

    assertThatThrownBy(() -> template.render(values, RenderLimits.DEFAULT))
        .isInstanceOf(RenderException.class)
        .hasMessageContaining("steps");
    assertThat(
            Template.compile("{{ 'c' in a }}{{ b in a }}", List.of("a", "b"))
                .render(new Object[] {"a".repeat(600_000), "aaa"}, RenderLimits.DEFAULT))
        .isEqualTo("falsetrue");
  }

  @Test
  @Timeout(10)
  void aTextThatIsLongerThanNumbersAreIsNone() {
    var template = Template.compile("{{ a | int }}", List.of("a"));

    assertThat(template.render(new Object[] {"9".repeat(900_000)}, RenderLimits.DEFAULT))
        .isEqualTo("0");
    assertThat(template.render(new Object[] {"0".repeat(900) + "7"}, RenderLimits.DEFAULT))
        .isEqualTo("7");
  }

  @Test
  void boundsTime() {
    var template =
        Template.compile(
            "{% for x in a %}{{ b | replace('a', 'b') }}{% endfor %}", List.of("a", "b"));
    var values = new Object[] {Collections.nCopies(100_000, 1L), "c".repeat(5)};
    var hurried = new RenderLimits(1 << 20, 1 << 30, Duration.ofNanos(1));

    assertThatThrownBy(() -> template.render(values, hurried))
        .isInstanceOf(RenderException.class)
        .hasMessageContaining("longer than");
  }

  @Test
  void leavesTheValuesItWasGivenAlone() {
    var values = new Object[] {List.of(1L, 2L)};
    Template.compile("{% for x in a %}{{ x }}{% endfor %}", List.of("a"))
        .render(values, RenderLimits.DEFAULT);

    assertThat(Arrays.asList(values)).containsExactly(List.of(1L, 2L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ a + 1 }}",
        "{{ a < 1 }}",
        "{{ n / 0 }}",
        "{{ n % 0 }}",
        "{{ n | join }}",
        "{{ 9223372036854775807 + n }}",
        "{% for k, v in a %}{% endfor %}",
        "{{ a is odd }}",
      })
  void saysWhatAValueIsNot(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(RenderException.class);
  }
}
