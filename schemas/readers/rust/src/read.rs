// Reads events with apache-avro: the frame is taken off by hand, the schema comes from a file.
use apache_avro::{schema::ResolvedSchema, types::Value, Schema};
use num_bigint::BigInt;
use serde_json::{json, Map, Value as Json};
use std::{error::Error, fs};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn open(schema: &str) -> Outcome<Schema> {
    Ok(Schema::parse_str(schema)?)
}

#[allow(deprecated)] // 0.22 has GenericDatumReader for it; this one is in both.
fn read(value: Option<&[u8]>, schema: &Schema) -> Outcome<Option<Value>> {
    let Some(value) = value else {
        return Ok(None); // erased: forget what you hold of this key
    };
    Ok(Some(apache_avro::from_avro_datum(schema, &mut &value[5..], None)?))
}

/// An amount as exact text. By way of serde_json it would be a list of bytes.
fn write_decimal(decimal: &apache_avro::Decimal, scale: usize) -> String {
    let unscaled = BigInt::from(decimal.clone());
    let digits = format!("{:0>width$}", unscaled.magnitude().to_string(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

/// As JSON: decimals as text (their scale is in the schema only), times as microseconds. Any other type is a fault and fails.
fn plain(value: &Value, schema: &Schema, names: &ResolvedSchema) -> Outcome<Json> {
    Ok(match (value, schema) {
        (_, Schema::Ref { name }) => plain(value, names.get_names()[name], names)?,
        (Value::Union(branch, inner), Schema::Union(union)) => {
            plain(inner, &union.variants()[*branch as usize], names)?
        }
        (Value::Record(fields), Schema::Record(record)) => {
            let mut object = Map::new();
            for ((name, each), field) in fields.iter().zip(&record.fields) {
                object.insert(name.clone(), plain(each, &field.schema, names)?);
            }
            Json::Object(object)
        }
        (Value::Array(items), Schema::Array(array)) => {
            items.iter().map(|item| plain(item, &array.items, names)).collect::<Outcome<Vec<_>>>()?.into()
        }
        (Value::Decimal(decimal), Schema::Decimal(decimals)) => write_decimal(decimal, decimals.scale).into(),
        (Value::TimestampMicros(micros), _) => json!(micros),
        (Value::Enum(_, symbol), _) => json!(symbol),
        (Value::String(text), _) => json!(text),
        (Value::Boolean(flag), _) => json!(flag),
        (Value::Int(number), _) => json!(number),
        (Value::Long(number), _) => json!(number),
        (Value::Null, _) => Json::Null,
        _ => return Err(format!("no value of ours: {value:?}").into()),
    })
}

fn attempt(result: Outcome<Json>) -> Json {
    match result {
        Ok(value) => json!({ "value": value }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// Does what the runner asks for (see ../../job.ts) and prints the answer as JSON.
fn main() -> Outcome<()> {
    let file = std::env::args().nth(1).ok_or("the file of the job is missing")?;
    let job: Json = serde_json::from_slice(&fs::read(file)?)?;
    let text = |value: &Json| value.as_str().map(String::from).ok_or("a text is missing in the job");
    let record = fs::read(text(&job["record"])?)?;
    let mut opened = Map::new();
    let mut writer = String::new();
    for schema in job["schemas"].as_array().ok_or("the job has no schemas")? {
        let content = fs::read_to_string(text(&schema["file"])?)?;
        opened.insert(text(&schema["name"])?, attempt(open(&content).map(|_| Json::Null)));
        if schema["name"] == job["writer"] {
            writer = content;
        }
    }
    let read_plainly = |value: Option<&[u8]>| -> Outcome<Json> {
        let schema = open(&writer)?;
        let names = ResolvedSchema::try_from(&schema)?;
        Ok(match read(value, &schema)? {
            Some(record) => plain(&record, &schema, &names)?,
            None => Json::Null,
        })
    };
    let answer = json!({
        "opened": opened,
        "read": attempt(read_plainly(Some(&record))),
        "erased": attempt(read_plainly(None)),
    });
    println!("{answer}");
    Ok(())
}
