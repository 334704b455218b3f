/** Readers of clouds' exports: JSON documents as text and as files of one long line, flow logs as text. */
import type { BinaryReader } from "../binary-reader.ts"
import type { Reader } from "../reader.ts"
import { awsMetricsKind } from "./aws-metrics.ts"
import { awsLogEventsKind, awsVpcFlowReader } from "./aws-vpc-flow.ts"
import { azureFlowKind } from "./azure-flow.ts"
import { azureMetricsKind } from "./azure-metrics.ts"
import { documentFileReader, documentReader } from "./cloud-document.ts"
import { gcpLogsKind } from "./gcp-logs.ts"
import { gcpMetricsKind } from "./gcp-metrics.ts"

const kinds = [
  awsMetricsKind,
  awsLogEventsKind,
  azureFlowKind,
  azureMetricsKind,
  gcpMetricsKind,
  gcpLogsKind,
]

export const cloudReaders: readonly Reader[] = [awsVpcFlowReader, ...kinds.map(documentReader)]

export const cloudFileReaders: readonly BinaryReader[] = kinds.map(documentFileReader)
