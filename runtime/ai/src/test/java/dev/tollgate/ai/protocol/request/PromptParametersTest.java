package dev.tollgate.ai.protocol.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.Dialect;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptParametersTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "OpenAiChat | {} | {'temperature':0.2,'top_k':5,'max_tokens':9} | {'temperature':0.2,'top_k':5}",
        "OpenAiChat | {'temperature':1} | {'temperature':0.2,'seed':1} | {'temperature':1,'seed':1}",
        "OllamaChat | {} | {'temperature':0.2,'max_tokens':9,'stream':true} | {'options':{'temperature':0.2}}",
        "OllamaChat | {'options':{'temperature':1}} | {'temperature':0.2,'seed':1} | {'options':{'temperature':1,'seed':1}}",
        "OllamaChat | {} | {'response_format':{'type':'json_object'}} | {'format':'json'}",
        "AnthropicMessages | {} | {'temperature':0.2,'stop':'x','max_completion_tokens':9} | {'temperature':0.2,'stop_sequences':['x']}",
        "AnthropicMessages | {} | {'temperature':1.5,'seed':1,'logit_bias':{'1':2},'top_p':0.5} | {'top_p':0.5}",
        "AnthropicMessages | {} | {'model':'x','messages':[],'prompt':1} | {}",
      })
  void areSaidInTheWordsOfTheCall(Dialect dialect, String body, String parameters, String whole)
      throws Exception {
    var call = object(body);
    var said = object(body);

    var added = PromptParameters.add(dialect, call, object(parameters));

    assertThat(JSON.readTree(JSON.writeValueAsBytes(call))).isEqualTo(object(whole));
    assertThat(added).allMatch(call::has).noneMatch(said::has);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{} | 9223372036854775807",
        "{'max_tokens':9} | 9",
        "{'max_tokens':9,'max_completion_tokens':7} | 7",
        "{'max_tokens':0,'max_completion_tokens':'7'} | 9223372036854775807",
      })
  void theSmallestBoundCounts(String parameters, long most) throws Exception {
    assertThat(PromptParameters.mostTokens(object(parameters))).isEqualTo(most);
  }

  private static ObjectNode object(String text) throws Exception {
    return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
  }
}
