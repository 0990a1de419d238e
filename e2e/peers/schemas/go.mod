// Only says where the module is: scripts/build-schemas.mjs builds it once with each kubernetes-1.N.mod.
module steelyard.io/e2e/schemas

go 1.24
