package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page of settings has each setting of the sources, and no other. */
class SettingsPageTest {

  /** A record of settings, by what their names begin with. */
  private static final Pattern RECORD =
      Pattern.compile(
          "@ConfigurationProperties\\(\"([a-z.]+)\"\\)\\s+(?:public )?record \\w+\\((.*?)\\) \\{",
          Pattern.DOTALL);

  private static final Pattern COMPONENT = Pattern.compile("(\\w+)(?:,|$)", Pattern.MULTILINE);

  /** A setting that is injected by its name. */
  private static final Pattern INJECTED =
      Pattern.compile("@(?:Property\\(name = \"|Value\\(\"\\$\\{)(tollgate\\.[a-z.-]+)");

  private static final Pattern NAME = Pattern.compile("`(tollgate\\.[a-z.-]+)`");

  @Test
  void thePageHasEachSettingAndNoOther() throws IOException {
    assertThat(names("../../docs/settings.md", "../../docs/json-tool.md"))
        .isEqualTo(settings())
        .hasSizeGreaterThan(25);
  }

  private static Set<String> names(String... pages) throws IOException {
    Set<String> names = new TreeSet<>();
    for (var page : pages) {
      NAME.matcher(Files.readString(Path.of(page)))
          .results()
          .map(found -> found.group(1))
          .forEach(names::add);
    }
    return names;
  }

  private static Set<String> settings() throws IOException {
    Set<String> settings = new TreeSet<>();
    try (var files = Files.walk(Path.of(".."))) {
      for (var file : files.filter(f -> f.toString().matches(".*/src/main/.*\\.java")).toList()) {
        var source = Files.readString(file);
        INJECTED.matcher(source).results().map(found -> found.group(1)).forEach(settings::add);
        RECORD
            .matcher(source)
            .results()
            .forEach(found ->
                settings.addAll(
                    COMPONENT
                        .matcher(found.group(2))
                        .results()
                        .map(name -> found.group(1) + "." + hyphenated(name.group(1)))
                        .collect(Collectors.toSet())));
      }
    }
    return settings;
  }

  private static String hyphenated(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
