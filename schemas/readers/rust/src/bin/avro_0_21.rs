use avro_0_21 as apache_avro;

include!("../read.rs");
