export default { test: { include: ['*.spec.mjs'], reporters: ['default', 'hanging-process'], teardownTimeout: 5000 } }
