package dev.tollgate.ai.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ai.protocol.BadModelRequest;
import io.micronaut.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelPageTest {

  private static final List<String> ALL = List.of("a", "b", "c", "d", "e");

  private static ModelPage page(String query) throws BadModelRequest {
    return ModelPage.of(ALL, HttpRequest.GET("/v1/models" + query).getParameters());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | abcde | false",
        "?limit=2 | ab | true",
        "?limit=5 | abcde | false",
        "?limit=1000 | abcde | false",
        "?limit=2&after_id=b | cd | true",
        "?limit=2&after_id=c | de | false",
        "?after_id=bb | cde | false",
        "?after_id=e | '' | false",
        "?limit=2&before_id=d | bc | true",
        "?limit=2&before_id=c | ab | false",
        "?limit=2&before_id=a | '' | false",
      })
  void thePageThatIsAskedFor(String query, String models, boolean more) throws BadModelRequest {
    var page = page(query);
    assertThat(String.join("", page.models())).isEqualTo(models);
    assertThat(page.more()).isEqualTo(more);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"?limit=0", "?limit=1001", "?limit=x", "?limit=", "?after_id=a&before_id=c"})
  void whatIsNoPageIsRefused(String query) {
    assertThatThrownBy(() -> page(query)).isInstanceOf(BadModelRequest.class);
  }
}
