// The build asks the shop for its document and writes a client from it, whose calls are builders.
include!(concat!(env!("OUT_DIR"), "/generated/api-client.rs"));
