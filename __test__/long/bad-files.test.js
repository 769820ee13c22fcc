'use strict'

// As many files of definitions that are not as they should be as a machine may see in years.
process.env.BAD_FILES ??= '1000'
require('../sharing/file/bad-files.test.js')
