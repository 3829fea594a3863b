package dev.tollgate.crd.resolve.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Equal values have one text, whatever order and spelling they were written in. */
class CanonicalJsonTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  @Property
  void theOrderOfMembersDoesNotMatter(@ForAll Map<String, Integer> members, @ForAll Random random)
      throws Exception {
    List<String> written = new ArrayList<>();
    for (Map.Entry<String, Integer> member : members.entrySet()) {
      written.add(JSON.writeValueAsString(member.getKey()) + " : " + member.getValue());
    }
    Collections.shuffle(written, random);
    assertThat(canonical(written.stream().collect(Collectors.joining(" , ", "{ ", " }"))))
        .isEqualTo(canonical(JSON.writeValueAsString(members)));
  }

  @Property
  void theSpellingOfANumberDoesNotMatter(@ForAll BigDecimal number) throws Exception {
    String plain = canonical(number.toPlainString());
    assertThat(canonical(number.setScale(number.scale() + 3).toPlainString())).isEqualTo(plain);
    assertThat(canonical(number.unscaledValue() + "e" + -number.scale())).isEqualTo(plain);
  }

  @Property
  void aTextIsReadBackAsItWas(@ForAll List<String> texts) throws Exception {
    String canonical = canonical(JSON.writeValueAsString(texts));
    assertThat(JSON.readTree(canonical)).isEqualTo(JSON.valueToTree(texts));
    assertThat(canonical(canonical)).isEqualTo(canonical);
  }

  @Test
  void aGreatExponentStaysShort() throws Exception {
    assertThat(canonical("1e999999")).hasSizeLessThan(20);
  }

  private static String canonical(String json) throws JsonProcessingException {
    JsonNode tree = JSON.readTree(json);
    return CanonicalJson.text(tree);
  }
}
