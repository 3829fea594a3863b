package dev.tollgate.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that cannot be read are refused before anything starts. */
class SettingsCheckTest {

  /** A row of a page's table. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(tollgate\\.[a-z.-]+)`");

  @ParameterizedTest
  @CsvSource({
    "TOLLGATE_GATEWAY_DRAIN, soon, a duration such as",
    "TOLLGATE_GATEWAY_DRAIN, -5s, a duration such as",
    "TOLLGATE_JSON_MAX_SIZE, abc, a whole number from 0",
    "TOLLGATE_JSON_MAX_SIZE, 1GiB, a whole number from 0",
    "TOLLGATE_GATEWAY_CACHE_ENTRY_BYTES, 9999999999, to 2147483647",
    "TOLLGATE_OWN_API_REQUESTS_PER_SECOND, -1, a whole number from 0",
    "TOLLGATE_WEBHOOKS_ANY_ADDRESS, perhaps, true or false",
  })
  void aValueThatCannotBeReadIsRefusedByName(String name, String value, String wanted) {
    assertThatThrownBy(() -> SettingsCheck.check(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name + " is '" + value + "', and must be ")
        .hasMessageContaining(wanted);
  }

  @Test
  void whatIsGoodOrNobodysOrOfAServicePasses() {
    assertThat(
            SettingsCheck.check(
                Map.of(
                    "TOLLGATE_GATEWAY_DRAIN", "2m",
                    "TOLLGATE_KEYS_KEPT", "90d",
                    "TOLLGATE_JSON_MAX_SIZE", "1073741824",
                    "TOLLGATE_WEBHOOKS_ANY_ADDRESS", "true",
                    "TOLLGATE_DATA", "/data",
                    "TOLLGATE_PORT", "tcp://10.0.0.1:80",
                    "TOLLGATE_DEFAULT_SERVICE_HOST", "10.0.0.1",
                    "TOLLGATE_DEFAULT_PORT_80_TCP_ADDR", "10.0.0.1",
                    "PATH", "/bin")))
        .isEmpty();
  }

  @Test
  void aNameThatIsNotKnownIsTold() {
    assertThat(SettingsCheck.check(Map.of("TOLLGATE_GATEWAY_DRAINS", "2m")))
        .containsExactly(
            "There is no setting TOLLGATE_GATEWAY_DRAINS; docs/settings.md has them all");
  }

  @Test
  void eachSettingOfThePagesIsLookedAt() throws IOException {
    Set<String> rows = new TreeSet<>();
    for (var page : Set.of("../../docs/settings.md", "../../docs/json-tool.md")) {
      ROW.matcher(Files.readString(Path.of(page))).results().forEach(row -> rows.add(row.group(1)));
    }
    assertThat(SettingsCheck.names()).containsExactlyInAnyOrderElementsOf(rows);
  }
}
