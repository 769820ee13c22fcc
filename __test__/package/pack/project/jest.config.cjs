'use strict'

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/*.spec.cjs'],
  detectOpenHandles: true,
  verbose: true,
}
