import java.io.File;
import java.io.IOException;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;

/** Reads events as GenericRecord. Without the conversions amounts are ByteBuffers and times are Longs. */
public final class ReadGeneric {
  private static final GenericData MODEL = new GenericData();

  static {
    MODEL.addLogicalTypeConversion(new Conversions.DecimalConversion());
    MODEL.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
  }

  static GenericRecord read(byte[] value, Schema schema) throws IOException {
    if (value == null) return null; // erased: forget what you hold of this key
    var reader = new GenericDatumReader<GenericRecord>(schema, schema, MODEL);
    return reader.read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
  }

  static Schema open(File file) throws IOException {
    return new Schema.Parser().parse(file);
  }

  public static void main(String[] arguments) throws IOException {
    Answer.print(arguments[0], ReadGeneric::open, (value, file) -> read(value, open(file)));
  }
}
