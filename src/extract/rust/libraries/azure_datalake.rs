//! Azure Data Lake Storage, which is Blob Storage with folders: azure_storage_datalake.

use super::act::{Act, Open, Operate, Where};
use super::{Library, api};

const OPEN: Open = Open {
    kind: "object",
    technology: "azure-blob",
    address: Where::Nowhere,
    give: "azure_storage_datalake::DataLakeClient",
    lazy: true,
    pool: false,
};
const READ: Operate = Operate {
    kind: "object",
    technology: "azure-blob",
    writes: false,
    key: Where::Nowhere,
    give: "azure_storage_datalake::Result",
};
const WRITE: Operate = Operate { writes: true, ..READ };
const READS: &[&str] =
    &["read", "list_paths", "list_file_systems", "get_properties", "get_status", "get_access_control_list"];
const WRITES: &[&str] = &[
    "create",
    "create_if_not_exists",
    "append",
    "flush",
    "rename",
    "rename_if_not_exists",
    "delete",
    "set_properties",
    "set_access_control_list",
];
const FILE_SYSTEM: &str = "azure_storage_datalake::FileSystemClient";
const DIRECTORY: &str = "azure_storage_datalake::DirectoryClient";
const FILE: &str = "azure_storage_datalake::FileClient";

/// Data Lake Storage.
pub static LIBRARY: Library = Library {
    name: "azure_storage_datalake",
    crates: &["azure_storage_datalake"],
    apis: &[
        api("DataLakeClient", &["new"], Act::Open(OPEN)),
        api(
            "DataLakeClientBuilder",
            &["new", "with_location"],
            Act::Open(Open { give: "azure_storage_datalake::DataLakeClientBuilder", ..OPEN }),
        ),
        api("DataLakeClientBuilder", &["build"], Act::Give("azure_storage_datalake::DataLakeClient")),
        api("DataLakeClientBuilder", &["*"], Act::Same),
        api("DataLakeClient", &["file_system_client", "into_file_system_client"], Act::Give(FILE_SYSTEM)),
        api("FileSystemClient", &["get_directory_client", "into_directory_client"], Act::Give(DIRECTORY)),
        api("FileSystemClient", &["get_file_client", "into_file_client"], Act::Give(FILE)),
        api("DirectoryClient", &["get_file_client", "into_file_client"], Act::Give(FILE)),
        api("DirectoryClient", &["get_subdirectory_client"], Act::Same),
        api("DataLakeClient", READS, Act::Operate(READ)),
        api("FileSystemClient", READS, Act::Operate(READ)),
        api("FileSystemClient", WRITES, Act::Operate(WRITE)),
        api("DirectoryClient", READS, Act::Operate(READ)),
        api("DirectoryClient", WRITES, Act::Operate(WRITE)),
        api("FileClient", READS, Act::Operate(READ)),
        api("FileClient", WRITES, Act::Operate(WRITE)),
    ],
    macros: &[],
};
