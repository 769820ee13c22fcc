'use strict'

// Preloaded where Node does not know `--use-env-proxy`: Node's fetch asks undici's dispatcher, whoever set it.
const { EnvHttpProxyAgent, setGlobalDispatcher } = require('undici')

setGlobalDispatcher(new EnvHttpProxyAgent())
