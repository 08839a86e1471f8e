#!/usr/bin/env bash
# Avro 1.12.2 for Java: classes that avro-compiler generates with its own settings cannot read a nullable decimal.
#
# Without `enableDecimalLogicalType` the generated fields are ByteBuffers, while the class registers DecimalConversion in its model all the
# same. Expected: what the class writes or any other Avro wrote is read, as ByteBuffer. Seen: the conversion makes a BigDecimal of it, and
# the class's `put` fails with a ClassCastException, on the first record. With `enableDecimalLogicalType` the same bytes are read.
#
# Needs a JDK 17 or newer and Maven. Exit code 0 while the library behaves so, 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p schemas
cat >schemas/price.avsc <<'AVRO'
{ "type": "record", "name": "Price", "namespace": "shop", "fields": [
  { "name": "amount", "type": ["null", { "type": "bytes", "logicalType": "decimal", "precision": 28, "scale": 6 }] }
] }
AVRO
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.avro</groupId><artifactId>avro-compiler</artifactId><version>1.12.2</version></dependency>
  </dependencies>
</project>
POM
mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$folder/jars"
cat >Generate.java <<'JAVA'
import java.io.File;
import org.apache.avro.Schema;
import org.apache.avro.compiler.specific.SpecificCompiler;

class Generate {
  public static void main(String[] arguments) throws Exception {
    var compiler = new SpecificCompiler(new Schema.Parser().parse(new File("schemas/price.avsc")));
    if (arguments[1].equals("decimals")) compiler.setEnableDecimalLogicalType(true);
    compiler.compileToDestination(null, new File(arguments[0]));
  }
}
JAVA
cat >Read.java <<'JAVA'
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;

class Read {
  public static void main(String[] arguments) throws Exception {
    // The second branch, four bytes, 19.99 at scale 6.
    byte[] bytes = {2, 8, 0x01, 0x31, 0x05, (byte) 0xf0};
    try {
      var price = new SpecificDatumReader<>(shop.Price.class).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
      System.out.println("read: " + price);
    } catch (ClassCastException error) {
      System.out.println("refused: " + error.getMessage());
    }
  }
}
JAVA
declare -A said
for setting in default decimals; do
  java -cp 'jars/*' Generate.java "$setting" "$setting" 2>/dev/null
  mkdir -p "$setting/classes"
  javac -cp 'jars/*' -d "$setting/classes" "$setting/shop/Price.java" Read.java
  said[$setting]=$(java -Dorg.apache.avro.SERIALIZABLE_PACKAGES=shop -cp "$setting/classes:jars/*" Read 2>/dev/null)
  echo "avro 1.12.2, $setting: ${said[$setting]}"
done
[[ ${said[default]} == refused:*BigDecimal*ByteBuffer* && ${said[decimals]} == read:*19.99* ]]
