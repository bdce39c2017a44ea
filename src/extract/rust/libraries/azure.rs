//! Azure Blob Storage: azure_storage_blobs and the newer azure_storage_blob.

use super::act::{Act, Open, Operate, Where};
use super::{Library, api};

const OPEN: Open = Open {
    kind: "object",
    technology: "azure-blob",
    address: Where::Nowhere,
    give: "azure_storage_blob::BlobServiceClient",
    lazy: true,
    pool: false,
};
const READ: Operate = Operate {
    kind: "object",
    technology: "azure-blob",
    writes: false,
    key: Where::Nowhere,
    give: "azure_storage_blob::Result",
};
const WRITE: Operate = Operate { writes: true, ..READ };
const READS: &[&str] = &[
    "get",
    "get_content",
    "get_properties",
    "get_metadata",
    "get_tags",
    "list_blobs",
    "list_containers",
    "download",
    "exists",
    "find_blobs_by_tags",
];
const WRITES: &[&str] = &[
    "put_block_blob",
    "put_append_blob",
    "put_page_blob",
    "put_block",
    "put_block_list",
    "append_block",
    "set_metadata",
    "set_properties",
    "delete",
    "copy",
    "copy_from_url",
    "create",
    "upload",
    "stage_block",
    "commit_block_list",
];

/// Blob Storage.
pub static LIBRARY: Library = Library {
    name: "azure_storage_blob",
    // The prelude of `azure_storage` is imported beside that of the blobs.
    crates: &["azure_storage_blobs", "azure_storage_blob", "azure_storage"],
    apis: &[
        api(
            "ClientBuilder",
            &["new", "with_location", "from_connection_string", "emulator"],
            Act::Open(Open { give: "azure_storage_blob::ClientBuilder", ..OPEN }),
        ),
        api("ClientBuilder", &["blob_service_client", "build"], Act::Give("azure_storage_blob::BlobServiceClient")),
        api("ClientBuilder", &["container_client"], Act::Give("azure_storage_blob::ContainerClient")),
        api("ClientBuilder", &["blob_client"], Act::Give("azure_storage_blob::BlobClient")),
        api("ClientBuilder", &["*"], Act::Same),
        api("BlobServiceClient", &["new", "builder"], Act::Open(OPEN)),
        api(
            "BlobServiceClient",
            &["container_client", "blob_container_client"],
            Act::Give("azure_storage_blob::ContainerClient"),
        ),
        api("BlobServiceClient", &["blob_client"], Act::Give("azure_storage_blob::BlobClient")),
        api("BlobContainerClient", &["new"], Act::Open(Open { give: "azure_storage_blob::ContainerClient", ..OPEN })),
        api("ContainerClient", &["blob_client"], Act::Give("azure_storage_blob::BlobClient")),
        api("BlobContainerClient", &["blob_client"], Act::Give("azure_storage_blob::BlobClient")),
        api("BlobClient", &["new"], Act::Open(Open { give: "azure_storage_blob::BlobClient", ..OPEN })),
        api("BlobServiceClient", READS, Act::Operate(READ)),
        api("ContainerClient", READS, Act::Operate(READ)),
        api("ContainerClient", WRITES, Act::Operate(WRITE)),
        api("BlobContainerClient", READS, Act::Operate(READ)),
        api("BlobContainerClient", WRITES, Act::Operate(WRITE)),
        api("BlobClient", READS, Act::Operate(READ)),
        api("BlobClient", WRITES, Act::Operate(WRITE)),
    ],
    macros: &[],
};
