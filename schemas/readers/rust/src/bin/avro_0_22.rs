use avro_0_22 as apache_avro;

include!("../read.rs");
