/**
 * Reality: configurations measured on the live kernel, in namespaces, beside what the simulator says of their scenarios.
 */
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { labObstacle } from "./lab/network.ts"
import { CONFIGURATIONS } from "./reality/configurations.ts"
import { measureFairly } from "./reality/measure.ts"
import { differences, predict } from "./reality/predict.ts"

const obstacle = labObstacle()
const skip =
  obstacle === undefined ? false : `measuring needs root, iproute2 and nftables: ${obstacle}`
// The longest first: the others run beside them.
const configurations = CONFIGURATIONS.toSorted((a, b) => b.runSec - a.runSec)

describe("the kernel does what the simulator says", { concurrency: 8 }, () => {
  for (const configuration of configurations) {
    test(`${configuration.id}: ${configuration.says}`, { skip }, async (context) => {
      const predicted = predict(configuration)
      const { faults, isDisturbed } = await measureFairly(configuration, (measured) =>
        differences(configuration, measured, predicted),
      )
      if (faults.length > 0 && isDisturbed) context.skip("the machine was too busy to keep time")
      else assert.deepEqual(faults, [])
    })
  }
})
