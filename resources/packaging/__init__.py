"""How a build of the program becomes what people install; nothing here ships."""
