package platform

// StoreHasOpenGL: Microsoft's Store has a pack with OpenGL for computers
// without a driver that has it.
const StoreHasOpenGL = true
