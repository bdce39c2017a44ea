//! What the files define that most projects import and few carry with them: a table from import path to names, so that
//! types resolve without the files and without a network. Extensions are left out: no type refers to them.

/// One file that every compiler or registry has at hand.
pub(super) struct WellKnown {
    /// The path by which it is imported.
    pub(super) path: &'static str,
    /// Its package.
    pub(super) package: &'static str,
    /// Its messages and enums, relative to the package, nested ones with their parents.
    pub(super) types: &'static str,
    /// Its services.
    pub(super) services: &'static str,
}

const fn types(path: &'static str, package: &'static str, types: &'static str) -> WellKnown {
    WellKnown { path, package, types, services: "" }
}

const PROTOBUF: &str = "google.protobuf";
const API: &str = "google.api";
const TYPE: &str = "google.type";
const RPC: &str = "google.rpc";

/// The names of the reflection protocol, the same in both of its versions.
const REFLECTION: &str = "ServerReflectionRequest ExtensionRequest ServerReflectionResponse FileDescriptorResponse \
    ExtensionNumberResponse ListServiceResponse ServiceResponse ErrorResponse";

/// The table.
pub(super) const FILES: &[WellKnown] = &[
    types(
        "buf/validate/validate.proto",
        "buf.validate",
        "Rule MessageRules MessageOneofRule OneofRules FieldRules PredefinedRules Constraint MessageConstraints \
         OneofConstraints FieldConstraints PredefinedConstraints Ignore FloatRules DoubleRules Int32Rules Int64Rules \
         UInt32Rules UInt64Rules SInt32Rules SInt64Rules Fixed32Rules Fixed64Rules SFixed32Rules SFixed64Rules \
         BoolRules StringRules BytesRules EnumRules RepeatedRules MapRules AnyRules DurationRules FieldMaskRules \
         TimestampRules KnownRegex Violations Violation FieldPath FieldPathElement",
    ),
    types("buf/validate/expression.proto", "buf.validate", "Constraint Violations Violation"),
    types("google/api/annotations.proto", API, ""),
    types(
        "google/api/client.proto",
        API,
        "ClientLibraryOrganization ClientLibraryDestination CommonLanguageSettings ClientLibrarySettings Publishing \
         JavaSettings CppSettings PhpSettings PythonSettings PythonSettings.ExperimentalFeatures NodeSettings \
         DotnetSettings RubySettings GoSettings MethodSettings MethodSettings.LongRunning SelectiveGapicGeneration",
    ),
    types("google/api/field_behavior.proto", API, "FieldBehavior"),
    types("google/api/field_info.proto", API, "FieldInfo FieldInfo.Format TypeReference"),
    types("google/api/http.proto", API, "Http HttpRule CustomHttpPattern"),
    types("google/api/httpbody.proto", API, "HttpBody"),
    types("google/api/launch_stage.proto", API, "LaunchStage"),
    types(
        "google/api/resource.proto",
        API,
        "ResourceDescriptor ResourceDescriptor.History ResourceDescriptor.Style ResourceReference",
    ),
    types("google/api/routing.proto", API, "RoutingRule RoutingParameter"),
    types("google/api/visibility.proto", API, "Visibility VisibilityRule"),
    WellKnown {
        path: "google/longrunning/operations.proto",
        package: "google.longrunning",
        types: "Operation GetOperationRequest ListOperationsRequest ListOperationsResponse CancelOperationRequest \
                DeleteOperationRequest WaitOperationRequest OperationInfo",
        services: "Operations",
    },
    types("google/protobuf/any.proto", PROTOBUF, "Any"),
    types("google/protobuf/api.proto", PROTOBUF, "Api Method Mixin"),
    types(
        "google/protobuf/compiler/plugin.proto",
        "google.protobuf.compiler",
        "Version CodeGeneratorRequest CodeGeneratorResponse CodeGeneratorResponse.Feature CodeGeneratorResponse.File",
    ),
    types("google/protobuf/cpp_features.proto", "pb", "CppFeatures CppFeatures.StringType"),
    types(
        "google/protobuf/descriptor.proto",
        PROTOBUF,
        "FileDescriptorSet Edition FileDescriptorProto DescriptorProto DescriptorProto.ExtensionRange \
         DescriptorProto.ReservedRange ExtensionRangeOptions ExtensionRangeOptions.Declaration \
         ExtensionRangeOptions.VerificationState FieldDescriptorProto FieldDescriptorProto.Type \
         FieldDescriptorProto.Label OneofDescriptorProto EnumDescriptorProto EnumDescriptorProto.EnumReservedRange \
         EnumValueDescriptorProto ServiceDescriptorProto MethodDescriptorProto FileOptions FileOptions.OptimizeMode \
         MessageOptions FieldOptions FieldOptions.CType FieldOptions.JSType FieldOptions.OptionRetention \
         FieldOptions.OptionTargetType FieldOptions.EditionDefault FieldOptions.FeatureSupport OneofOptions \
         EnumOptions EnumValueOptions ServiceOptions MethodOptions MethodOptions.IdempotencyLevel UninterpretedOption \
         UninterpretedOption.NamePart FeatureSet FeatureSet.FieldPresence FeatureSet.EnumType \
         FeatureSet.RepeatedFieldEncoding FeatureSet.Utf8Validation FeatureSet.MessageEncoding FeatureSet.JsonFormat \
         FeatureSet.EnforceNamingStyle FeatureSet.VisibilityFeature \
         FeatureSet.VisibilityFeature.DefaultSymbolVisibility FeatureSetDefaults \
         FeatureSetDefaults.FeatureSetEditionDefault SourceCodeInfo SourceCodeInfo.Location GeneratedCodeInfo \
         GeneratedCodeInfo.Annotation GeneratedCodeInfo.Annotation.Semantic SymbolVisibility",
    ),
    types("google/protobuf/duration.proto", PROTOBUF, "Duration"),
    types("google/protobuf/empty.proto", PROTOBUF, "Empty"),
    types("google/protobuf/field_mask.proto", PROTOBUF, "FieldMask"),
    types("google/protobuf/go_features.proto", "pb", "GoFeatures GoFeatures.APILevel GoFeatures.StripEnumPrefix"),
    types("google/protobuf/java_features.proto", "pb", "JavaFeatures JavaFeatures.Utf8Validation"),
    types("google/protobuf/source_context.proto", PROTOBUF, "SourceContext"),
    types("google/protobuf/struct.proto", PROTOBUF, "Struct Value NullValue ListValue"),
    types("google/protobuf/timestamp.proto", PROTOBUF, "Timestamp"),
    types(
        "google/protobuf/type.proto",
        PROTOBUF,
        "Type Field Field.Kind Field.Cardinality Enum EnumValue Option Syntax",
    ),
    types(
        "google/protobuf/wrappers.proto",
        PROTOBUF,
        "DoubleValue FloatValue Int64Value UInt64Value Int32Value UInt32Value BoolValue StringValue BytesValue",
    ),
    types("google/rpc/code.proto", RPC, "Code"),
    types(
        "google/rpc/error_details.proto",
        RPC,
        "ErrorInfo RetryInfo DebugInfo QuotaFailure QuotaFailure.Violation PreconditionFailure \
         PreconditionFailure.Violation BadRequest BadRequest.FieldViolation RequestInfo ResourceInfo Help Help.Link \
         LocalizedMessage",
    ),
    types("google/rpc/status.proto", RPC, "Status"),
    types("google/type/calendar_period.proto", TYPE, "CalendarPeriod"),
    types("google/type/color.proto", TYPE, "Color"),
    types("google/type/date.proto", TYPE, "Date"),
    types("google/type/datetime.proto", TYPE, "DateTime TimeZone"),
    types("google/type/dayofweek.proto", TYPE, "DayOfWeek"),
    types("google/type/decimal.proto", TYPE, "Decimal"),
    types("google/type/expr.proto", TYPE, "Expr"),
    types("google/type/fraction.proto", TYPE, "Fraction"),
    types("google/type/interval.proto", TYPE, "Interval"),
    types("google/type/latlng.proto", TYPE, "LatLng"),
    types("google/type/localized_text.proto", TYPE, "LocalizedText"),
    types("google/type/money.proto", TYPE, "Money"),
    types("google/type/month.proto", TYPE, "Month"),
    types("google/type/phone_number.proto", TYPE, "PhoneNumber PhoneNumber.ShortCode"),
    types("google/type/postal_address.proto", TYPE, "PostalAddress"),
    types("google/type/quaternion.proto", TYPE, "Quaternion"),
    types("google/type/timeofday.proto", TYPE, "TimeOfDay"),
    WellKnown {
        path: "grpc/health/v1/health.proto",
        package: "grpc.health.v1",
        types: "HealthCheckRequest HealthCheckResponse HealthCheckResponse.ServingStatus HealthListRequest \
                HealthListResponse",
        services: "Health",
    },
    WellKnown {
        path: "grpc/reflection/v1/reflection.proto",
        package: "grpc.reflection.v1",
        types: REFLECTION,
        services: "ServerReflection",
    },
    WellKnown {
        path: "grpc/reflection/v1alpha/reflection.proto",
        package: "grpc.reflection.v1alpha",
        types: REFLECTION,
        services: "ServerReflection",
    },
    types(
        "validate/validate.proto",
        "validate",
        "FieldRules FloatRules DoubleRules Int32Rules Int64Rules UInt32Rules UInt64Rules SInt32Rules SInt64Rules \
         Fixed32Rules Fixed64Rules SFixed32Rules SFixed64Rules BoolRules StringRules KnownRegex BytesRules EnumRules \
         MessageRules RepeatedRules MapRules AnyRules DurationRules TimestampRules",
    ),
];
