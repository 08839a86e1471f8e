import entrepot.Order;
import java.io.File;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads events with the classes that the pom generates. Two settings, or no record is read: `enableDecimalLogicalType` in the
 * pom, and `-Dorg.apache.avro.SERIALIZABLE_PACKAGES=entrepot` for the JVM.
 */
public final class ReadGenerated {
  static Order read(byte[] value, Schema writer) throws IOException {
    if (value == null) return null; // erased: forget what you hold of this key
    var reader = new SpecificDatumReader<Order>(writer, Order.getClassSchema());
    return reader.read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
  }

  /** Opens a schema as its class does, which must be the one of the file. */
  private static Object open(File file) throws IOException, ReflectiveOperationException {
    Schema schema = ReadGeneric.open(file);
    Class<?> generated = Class.forName(schema.getFullName());
    var reader = new SpecificDatumReader<>(generated.asSubclass(SpecificRecord.class));
    if (!sameFields(reader.getSchema(), schema))
      throw new IllegalStateException(generated.getName() + " was generated from another version of " + file);
    return reader;
  }

  private static boolean sameFields(Schema left, Schema right) {
    var names = left.getFields().stream().map(Schema.Field::name).toList();
    return names.equals(right.getFields().stream().map(Schema.Field::name).toList());
  }

  public static void main(String[] arguments) throws IOException {
    Answer.print(arguments[0], ReadGenerated::open, (value, file) -> read(value, ReadGeneric.open(file)));
  }
}
