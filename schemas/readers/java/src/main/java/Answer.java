import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.IndexedRecord;

/** Does what the runner asks for (see ../../../../job.ts) and prints the answer as JSON. */
final class Answer {
  interface Open {
    Object open(File schema) throws Exception;
  }

  interface Read {
    IndexedRecord read(byte[] value, File schema) throws Exception;
  }

  private interface Action {
    Object run() throws Exception;
  }

  private Answer() {}

  static void print(String jobFile, Open open, Read read) throws IOException {
    var json = new ObjectMapper();
    JsonNode job = json.readTree(new File(jobFile));
    byte[] record = Files.readAllBytes(new File(job.get("record").asText()).toPath());
    Map<String, Object> opened = new LinkedHashMap<>();
    File[] writer = new File[1];
    for (JsonNode schema : job.get("schemas")) {
      File file = new File(schema.get("file").asText());
      String name = schema.get("name").asText();
      if (name.equals(job.get("writer").asText())) writer[0] = file;
      opened.put(name, attempt(() -> open.open(file) == null ? "nothing" : null));
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("opened", opened);
    answer.put("read", attempt(() -> plain(read.read(record, writer[0]))));
    answer.put("erased", attempt(() -> plain(read.read(null, writer[0]))));
    json.writeValue(System.out, answer);
  }

  private static Map<String, Object> attempt(Action action) {
    Map<String, Object> result = new LinkedHashMap<>();
    try {
      result.put("value", action.run());
    } catch (Exception | ExceptionInInitializerError error) {
      result.put("error", String.valueOf(error));
    }
    return result;
  }

  /** As JSON: decimals as text without exponent, times as microseconds. Any other type is a fault and fails. */
  private static Object plain(Object value) {
    if (value instanceof BigDecimal decimal) return decimal.toPlainString();
    if (value instanceof Instant time) return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    if (value instanceof CharSequence || value instanceof GenericEnumSymbol) return value.toString();
    if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) return value;
    if (value instanceof Collection<?> list) {
      List<Object> items = new ArrayList<>();
      for (Object item : list) items.add(plain(item));
      return items;
    }
    if (value instanceof IndexedRecord record) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (Schema.Field field : record.getSchema().getFields())
        fields.put(field.name(), plain(record.get(field.pos())));
      return fields;
    }
    throw new IllegalArgumentException(value.getClass() + " is no value of ours: " + value);
  }
}
