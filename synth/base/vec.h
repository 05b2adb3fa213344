// SPDX-License-Identifier: Apache-2.0
/// Small vectors, 3x3 matrices and poses. Plain values, fixed evaluation order.
#pragma once
#include <cmath>

namespace radforge {

template <class T>
struct Vec2 {
    T x{}, y{};
    friend constexpr Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
    friend constexpr Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
    friend constexpr Vec2 operator*(Vec2 a, T s) { return {a.x * s, a.y * s}; }
    friend constexpr Vec2 operator*(T s, Vec2 a) { return a * s; }
    friend constexpr bool operator==(Vec2 a, Vec2 b) { return a.x == b.x && a.y == b.y; }
};

template <class T>
struct Vec3 {
    T x{}, y{}, z{};
    constexpr T& operator[](int i) { return i == 0 ? x : i == 1 ? y : z; }
    constexpr const T& operator[](int i) const { return i == 0 ? x : i == 1 ? y : z; }
    friend constexpr Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
    friend constexpr Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend constexpr Vec3 operator-(Vec3 a) { return {-a.x, -a.y, -a.z}; }
    friend constexpr Vec3 operator*(Vec3 a, T s) { return {a.x * s, a.y * s, a.z * s}; }
    friend constexpr Vec3 operator*(T s, Vec3 a) { return a * s; }
    friend constexpr Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
    friend constexpr Vec3 operator/(Vec3 a, T s) { return a * (T(1) / s); }
    Vec3& operator+=(Vec3 b) { return *this = *this + b; }
    Vec3& operator-=(Vec3 b) { return *this = *this - b; }
    Vec3& operator*=(T s) { return *this = *this * s; }
    friend constexpr bool operator==(Vec3 a, Vec3 b) { return a.x == b.x && a.y == b.y && a.z == b.z; }
};

using Vec2f = Vec2<float>;
using Vec2d = Vec2<double>;
using Vec3f = Vec3<float>;
using Vec3d = Vec3<double>;

template <class T>
constexpr T dot(Vec2<T> a, Vec2<T> b) {
    return a.x * b.x + a.y * b.y;
}
template <class T>
constexpr T cross(Vec2<T> a, Vec2<T> b) {
    return a.x * b.y - a.y * b.x;
}
template <class T>
constexpr T dot(Vec3<T> a, Vec3<T> b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class T>
constexpr Vec3<T> cross(Vec3<T> a, Vec3<T> b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class T>
T length(Vec2<T> a) {
    return std::sqrt(dot(a, a));
}
template <class T>
T length(Vec3<T> a) {
    return std::sqrt(dot(a, a));
}
template <class T>
Vec3<T> normalized(Vec3<T> a) {
    return a * (T(1) / length(a));
}
template <class T>
constexpr Vec3f to_float(Vec3<T> a) {
    return {float(a.x), float(a.y), float(a.z)};
}
template <class T>
constexpr Vec3d to_double(Vec3<T> a) {
    return {double(a.x), double(a.y), double(a.z)};
}

/// Row-major 3x3 matrix; rows[i] is row i.
template <class T>
struct Mat3 {
    Vec3<T> rows[3] = {{T(1), T(0), T(0)}, {T(0), T(1), T(0)}, {T(0), T(0), T(1)}};
    friend constexpr Vec3<T> operator*(const Mat3& m, Vec3<T> v) {
        return {dot(m.rows[0], v), dot(m.rows[1], v), dot(m.rows[2], v)};
    }
    constexpr Vec3<T> column(int j) const { return {rows[0][j], rows[1][j], rows[2][j]}; }
    constexpr Mat3 transposed() const { return {{column(0), column(1), column(2)}}; }
    friend constexpr Mat3 operator*(const Mat3& a, const Mat3& b) {
        const Mat3 t = b.transposed();
        return {{{dot(a.rows[0], t.rows[0]), dot(a.rows[0], t.rows[1]), dot(a.rows[0], t.rows[2])},
                 {dot(a.rows[1], t.rows[0]), dot(a.rows[1], t.rows[1]), dot(a.rows[1], t.rows[2])},
                 {dot(a.rows[2], t.rows[0]), dot(a.rows[2], t.rows[1]), dot(a.rows[2], t.rows[2])}}};
    }
};
using Mat3f = Mat3<float>;
using Mat3d = Mat3<double>;

/// Rotation by `angle_rad` about the unit vector `axis` (Rodrigues), right-handed.
inline Mat3d rotation_about(Vec3d axis, double angle_rad) {
    const double c = std::cos(angle_rad), s = std::sin(angle_rad), k = 1 - c;
    const Vec3d a = axis;
    return {{{c + a.x * a.x * k, a.x * a.y * k - a.z * s, a.x * a.z * k + a.y * s},
             {a.y * a.x * k + a.z * s, c + a.y * a.y * k, a.y * a.z * k - a.x * s},
             {a.z * a.x * k - a.y * s, a.z * a.y * k + a.x * s, c + a.z * a.z * k}}};
}

/// World from local: world = rotation * local + translation_m. A camera's local frame is x right, y down,
/// view along +z.
struct Pose {
    Mat3d rotation;
    Vec3d translation_m;
    Vec3d to_world(Vec3d local) const { return rotation * local + translation_m; }
    Vec3d to_local(Vec3d world) const { return rotation.transposed() * (world - translation_m); }
};

}  // namespace radforge
