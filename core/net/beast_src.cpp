// Beast compiled once; everybody else includes declarations only.
#include <boost/beast/src.hpp>
